"""How many nodes pgpool has: ``L`` (pcp_worker.c, ``inform_node_count``)."""

from __future__ import annotations

from pypcp.commands import Command, Reply, Request, number, question
from pypcp.errors import MalformedReply


def node_count() -> Command[int]:
    """The number of nodes in pgpool's configuration, whatever their status."""
    return _COMMAND


def _read(reply: Reply) -> int:
    found = reply.fields
    if not found:
        raise MalformedReply("read the number of nodes", "the reply has no number")
    return number(found[0])


_COMMAND = question("ask for the number of nodes", Request(b"L"), _read)  # made once: it is asked every few seconds
