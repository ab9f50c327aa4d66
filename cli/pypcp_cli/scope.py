"""What the commands have in common that give pgpool an order about itself."""

from __future__ import annotations

import click

from pypcp_cli.render import Output

scope_option = click.option(
    "-s",
    "--scope",
    type=click.Choice(["local", "cluster"]),
    default="local",
    show_default=True,
    help="This pgpool, or every one of the watchdog.",
)


def report(output: Output, tool: str, requested: str) -> None:
    """Say what was asked of pgpool: its answer tells no more than that it took the order."""
    output.document(
        {"requested": requested},
        text=lambda: f"pgpool was asked to {requested}\n",
        pcp=lambda: f"{tool} -- Command Successful\n",
    )
