"""``pypcp shims``."""

from __future__ import annotations

import re
from pathlib import Path

import click

from pypcp_cli.console import Console


@click.command("shims")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option("--for", "made_for", metavar="VERSION", default="", help="The pgpool whose tools they replace: 3.7.")
@click.pass_obj
def command(console: Console, directory: Path, made_for: str) -> None:
    """Put pcp_attach_node and the other tools' names into a directory, for scripts that call them.

    \b
    $ pypcp shims /opt/pypcp/shims
    15 tools are in /opt/pypcp/shims; put it first in PATH:
        export PATH=/opt/pypcp/shims:$PATH

    They take the options of pgpool's tools and print what these print, byte for byte, but never exit with 0 when
    pgpool refused. The format is that of the pgpool that answers. Some replies are the same for several versions;
    --for says which one is meant: for 3.6 and 3.7 pcp_proc_info, for 3.6 also pcp_watchdog_info -v.
    """
    from pypcp_cli.dropin import shims

    if made_for and not re.fullmatch(r"\d+\.\d+", made_for):
        raise click.BadParameter(f"{made_for!r} is no version such as 3.7", param_hint="--for")
    written = shims.write(directory.absolute(), made_for)
    place = directory.absolute()
    console.write(f"{len(written)} tools are in {place}; put it first in PATH:\n    export PATH={place}:$PATH\n")
