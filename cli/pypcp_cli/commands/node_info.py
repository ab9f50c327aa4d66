"""``pypcp node-info``."""

from __future__ import annotations

import click

from pypcp import node_names
from pypcp_cli.nodes import node_document, node_table
from pypcp_cli.options import Pgpool, node_option, pcp_options
from pypcp_cli.render import Output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pypcp.records import Node


@click.command("node-info")
@node_option
@click.option("-a", "--all", "all_nodes", is_flag=True, help="All nodes, as without a node.")
@pcp_options
def command(pgpool: Pgpool, output: Output, node: str | None, all_nodes: bool) -> None:
    """Show the nodes, or one of them, as pgpool sees them.

    \b
    $ pypcp node-info -h bak
      ID  Host                   Port  Status  Role     ...
       0  ser.bigdata.wh.com     5432  up      primary
       1  bak.bigdata.wh.com     5432  waiting standby

    "waiting" is as good as up: the node is attached, and no session has used it since. PG and PG role are what
    PostgreSQL itself answered just now (pgpool 4.3 and later). With --json one node is one document, all of them a
    list.
    """
    if node is not None and all_nodes:
        raise click.UsageError("--all and a node; take one")
    nodes = _nodes(pgpool, node)
    if node is not None and output.format == "json":
        output.document(node_document(nodes[0]), text=str)
    else:
        output.documents(
            [node_document(each) for each in nodes], table=lambda: node_table(nodes), pcp=lambda: _pcp(nodes)
        )


def _nodes(pgpool: Pgpool, node: str | None) -> list[Node]:
    if node is None:
        return pgpool.client().node_infos()
    node_names.check(node)
    with pgpool.client() as pcp:
        return [pcp.node_info(node_names.node_id(pcp, node))]


def _pcp(nodes: list[Node]) -> str:
    from pypcp_cli.dropin import node_info

    return "".join(node_info.plain(node.fields) for node in nodes)
