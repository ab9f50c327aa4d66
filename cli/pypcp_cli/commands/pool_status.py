"""``pypcp pool-status``."""

from __future__ import annotations

import click

from pypcp_cli.options import Pgpool, pcp_options
from pypcp_cli.render import Output


@click.command("pool-status")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@pcp_options
def command(pgpool: Pgpool, output: Output, names: tuple[str, ...]) -> None:
    """Show pgpool's parameters as they are in force, or those with a NAME.

    \b
    $ pypcp pool-status -h bak pcp_port num_init_children
    Name               Value  Description
    pcp_port           9898   PCP port # to bind
    num_init_children  32     # of children initially pre-forked

    A value that may be a secret is masked: some versions send passwords in clear.
    """
    settings = pgpool.client().pool_status()
    if unknown := sorted(set(names) - {setting.name for setting in settings}):
        raise click.UsageError(f"this pgpool tells no parameter {', '.join(map(repr, unknown))}")
    shown = [setting for setting in settings if not names or setting.name in names]
    output.documents(
        [{"name": each.name, "value": each.value, "description": each.description} for each in shown],
        table=lambda: (("Name", "Value", "Description"), [(each.name, each.value, each.description) for each in shown]),
        pcp=lambda: _pcp([(each.name, each.value, each.description) for each in shown]),
        keys=("name", "value", "description"),
    )


def _pcp(rows: list[tuple[str, str, str]]) -> str:
    from pypcp_cli.dropin import pool_status

    return pool_status.text(rows, is_verbose=False)
