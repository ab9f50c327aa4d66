"""What pgpool's children do: ``P`` (pcp_worker.c, ``inform_process_info``)."""

from __future__ import annotations

from pypcp import wire
from pypcp.commands import Command, Reply, Request, question
from pypcp.errors import MalformedReply, WrongUsage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pypcp.records import Process

ALL = 0


def proc_info(pid: int | None = None) -> Command[list[Process]]:
    """One row for each child, pool slot and node: of the child ``pid``, or of all. Free slots have no database."""
    if pid is not None and (isinstance(pid, bool) or not isinstance(pid, int) or pid <= 0):
        raise WrongUsage(f"use {pid!r} as a process id", "process ids are numbers above 0")
    tried = "ask for all processes" if pid is None else f"ask for process {pid}"
    return question(tried, Request(b"P", wire.text(str(pid or ALL))), _read)


def _read(reply: Reply) -> list[Process]:
    from pypcp.records import PROCESS_LAYOUTS, Process

    processes = list(map(Process, reply.each_row("ProcessInfo")))
    for count in set(map(len, processes)):
        if count not in PROCESS_LAYOUTS and count < max(PROCESS_LAYOUTS):
            raise MalformedReply("read a process info", f"it has {count} fields, which no pgpool sends")
    return processes
