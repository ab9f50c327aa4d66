"""``pypcp nodes``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pypcp.errors import WrongUsage
from pypcp_cli.nodes import node_document, node_table
from pypcp_cli.options import Pgpool, pcp_options
from pypcp_cli.render import Output
from pypcp_cli.sql import Sql, sql_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pypcp.records import Node


@click.command("nodes")
@click.option("--input", "source", metavar="FILE", help="Read what psql printed from a file; - is standard input.")
@pcp_options
@sql_options
def command(pgpool: Pgpool, output: Output, source: str | None, sql: Sql) -> None:
    """Show the nodes as SHOW pool_nodes tells them, or read what psql printed.

    \b
    $ pypcp nodes -h bak
    $ psql -h bak -p 9999 -c 'show pool_nodes' | pypcp nodes --input - --json

    The input may be any format of psql, and text pasted from a terminal or a document. Its times are taken as those
    of this machine's time zone. Beside what PCP tells there are the number of SELECTs, and which node this session
    would read from.
    """
    from pypcp import pool_nodes

    nodes = pool_nodes.parse(_text(source)) if source else pool_nodes.nodes(sql.show("pool_nodes"))
    output.documents([_document(node) for node in nodes], table=lambda: _table(nodes), pcp=_refuse_pcp)


def _text(source: str) -> str:
    from pypcp.printed.lines import decode

    if source == "-":
        return decode(sys.stdin.buffer.read())
    try:
        return decode(Path(source).read_bytes())
    except OSError as error:
        raise WrongUsage(f"read {source}", error.strerror or str(error)) from None


def _document(node: Node) -> dict[str, Any]:
    return {**node_document(node), "select_cnt": node.select_cnt, "load_balance_node": node.load_balance_node}


def _table(nodes: Sequence[Node]) -> tuple[Sequence[str], list[Sequence[object]]]:
    headings, rows = node_table(nodes)
    more = [(node.select_cnt, "yes" if node.load_balance_node else None) for node in nodes]
    return [*headings, "SELECTs", "Reads"], [[*row, *each] for row, each in zip(rows, more, strict=True)]


def _refuse_pcp() -> str:
    raise WrongUsage("print the nodes in the format pcp", "the C tools have no such command", "Take pypcp node-info.")
