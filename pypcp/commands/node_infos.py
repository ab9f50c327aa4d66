"""What pgpool knows of all nodes: ``I`` with -1 since 4.3, one by one before (pcp_worker.c, ``inform_node_info``)."""

from __future__ import annotations

from pypcp.commands import Command, Request
from pypcp.commands.node_count import node_count
from pypcp.commands.node_info import node_info, node_of
from pypcp.errors import ServerRefused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pypcp.commands import Ask, Talk
    from pypcp.records import Node


def node_infos() -> Command[list[Node]]:
    """All nodes, in the order of their ids."""
    return Command("ask for all nodes", _talk, asks_backends=True)


def _talk(ask: Ask) -> Talk[list[Node]]:
    try:
        reply = yield from ask(Request(b"I", b"-1\0"))
    except ServerRefused as refusal:
        if refusal.severity != "ERROR" or "invalid node ID" not in refusal.said:
            raise
        return (yield from _one_by_one(ask))
    return [node_of(row, node_id) for node_id, row in enumerate(reply.rows("NodeInfo"))]


def _one_by_one(ask: Ask) -> Talk[list[Node]]:
    nodes = []
    for node_id in range((yield from node_count().talk(ask))):
        nodes.append((yield from node_info(node_id).talk(ask)))  # noqa: PERF401 (no yield in a comprehension)
    return nodes
