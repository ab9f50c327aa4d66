"""``pypcp node-count``."""

from __future__ import annotations

import click

from pypcp_cli.options import Pgpool, pcp_options
from pypcp_cli.render import Output
from pypcp_cli.start import print_node_count


@click.command("node-count")
@pcp_options
def command(pgpool: Pgpool, output: Output) -> None:
    """Print how many nodes pgpool has.

    \b
    $ pypcp node-count -h bak
    2

    pgpool answers from its own memory, so this works while a PostgreSQL hangs.
    """
    print_node_count(pgpool, output)
