"""``pypcp show``."""

from __future__ import annotations

import click

from pypcp.errors import WrongUsage
from pypcp_cli.options import Pgpool, pcp_options
from pypcp_cli.render import Output
from pypcp_cli.sql import Sql, sql_options

NAMES = ("nodes", "pools", "processes", "status", "version", "cache", "health-check-stats", "backend-stats")


@click.command("show")
@click.argument("what", type=click.Choice(NAMES))
@pcp_options
@sql_options
def command(pgpool: Pgpool, output: Output, what: str, sql: Sql) -> None:
    """Show what pgpool tells over SQL: pools, processes, status, statistics.

    \b
    $ pypcp show backend-stats -h bak
    $ pypcp show processes --json

    The columns are those of pgpool's SHOW pool_pools and so on, in the order and with the names of the version that is
    asked. health-check-stats and backend-stats came with pgpool 4.2.
    """
    from pypcp.sql.commands import SHOW, document

    rows = sql.show(SHOW[what])
    documents = [document(row) for row in rows]
    headings = list(documents[0]) if documents else []
    output.documents(
        documents,
        table=lambda: (headings, [list(row.values()) for row in documents]),
        pcp=lambda: _refuse_pcp(what),
    )


def _refuse_pcp(what: str) -> str:
    raise WrongUsage(f"show {what} in the format pcp", "the C tools have no such command", "Take table, json or csv.")
