"""``pypcp completion``."""

from __future__ import annotations

import click

from pypcp_cli.console import Console


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print what makes the shell complete commands, options and nodes.

    \b
    bash:  pypcp completion bash >/etc/bash_completion.d/pypcp
    zsh:   pypcp completion zsh >"${fpath[1]}/_pypcp"
    fish:  pypcp completion fish >~/.config/fish/completions/pypcp.fish

    Node ids and hosts are asked from the live cluster, over PCP and without a question for a password; no answer
    within 1.5 s means no offer.
    """
    from pypcp_cli.completion import script

    console: Console = ctx.obj
    console.write(script(shell, ctx.find_root().command) + "\n")
