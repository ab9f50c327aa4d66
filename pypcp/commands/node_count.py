"""How many nodes pgpool has: ``L`` (pcp_worker.c, ``inform_node_count``)."""

from __future__ import annotations

from pypcp.commands import Command, Reply, Request, number, question
from pypcp.errors import MalformedReply


def node_count() -> Command[int]:
    """The number of nodes in pgpool's configuration, whatever their status."""
    return question("ask for the number of nodes", Request(b"L"), _read)


def _read(reply: Reply) -> int:
    if not reply.fields:
        raise MalformedReply("read the number of nodes", "the reply has no number")
    return number(reply.fields[0])
