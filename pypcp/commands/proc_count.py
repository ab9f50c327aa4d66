"""The processes that serve clients: ``N`` (pcp_worker.c, ``inform_process_count``)."""

from __future__ import annotations

from pypcp.commands import Command, Reply, Request, number, question
from pypcp.errors import MalformedReply


def proc_count() -> Command[list[int]]:
    """The process ids of pgpool's children; 0 for one that is being replaced (up to 4.3).

    Patch releases before 4.3.2 cut ids of seven digits to six: proc_info tells them whole.
    """
    return question("ask for the processes", Request(b"N"), _read)


def _read(reply: Reply) -> list[int]:
    if not reply.fields:
        raise MalformedReply("read the processes", "the reply has no number")
    count, *pids = map(number, reply.fields)
    if count != len(pids):
        raise MalformedReply("read the processes", f"{len(pids)} process ids where {count} were announced")
    return pids
