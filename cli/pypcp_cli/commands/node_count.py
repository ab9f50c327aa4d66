"""``pypcp node-count``."""

from __future__ import annotations

import click

from pypcp_cli.options import Pgpool, pcp_options
from pypcp_cli.render import Output


@click.command("node-count")
@pcp_options
def command(pgpool: Pgpool, output: Output) -> None:
    """Print how many nodes pgpool has.

    \b
    $ pypcp node-count -h bak
    2

    pgpool answers from its own memory, so this works while a PostgreSQL hangs.
    """
    count = pgpool.client().node_count()
    output.document({"node_count": count}, text=lambda: f"{count}\n")
