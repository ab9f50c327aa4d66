"""``pypcp invalidate-query-cache``."""

from __future__ import annotations

import click

from pypcp_cli.options import Pgpool, pcp_options
from pypcp_cli.render import Output
from pypcp_cli.scope import report


@click.command("invalidate-query-cache")
@pcp_options
def command(pgpool: Pgpool, output: Output) -> None:
    """Have pgpool forget its cached query results.

    \b
    $ pypcp invalidate-query-cache -h bak
    pgpool was asked to invalidate its query cache

    From pgpool 4.6 on, and refused where memory_cache_enabled is off. The next query does the work.
    """
    pgpool.client().invalidate_query_cache()
    report(output, "pcp_invalidate_query_cache", "invalidate its query cache")
