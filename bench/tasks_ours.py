"""pypcp's part. Run as `python tasks_ours.py TASK HOST PORT USERNAME PASSFILE FILE COUNT`; prints seconds for one."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pypcp
from pypcp.commands.proc_info import proc_info
from pypcp.session import Session


def main(task: str, host: str, port: str, username: str, passfile: str, file: str, count: str) -> None:
    def connect() -> pypcp.Client:
        return pypcp.connect(host, int(port), username, passfile=passfile)

    if task == "decode":
        data = Path(file).read_bytes()
        spent = timed(lambda: decode(data), int(count), time.process_time)
    elif task == "connect":
        spent = timed(lambda: connect().node_count(), int(count))
    else:
        with connect() as pcp:
            method: Callable[[], object] = {
                "node_count": pcp.node_count,
                "node_info": lambda: pcp.node_info(0),
                "proc_info": pcp.proc_info,
            }[task]
            spent = timed(method, int(count))
    sys.stdout.write(f"{spent}\n")


def timed(work: Callable[[], object], count: int, clock: Callable[[], float] = time.perf_counter) -> float:
    _last = work()  # what is imported at first use is not the work
    started = clock()
    for _ in range(count):
        _last = work()  # kept until the next one is there, as by whoever polls; else the memory goes back each time
    return (clock() - started) / count


def decode(data: bytes) -> object:
    talk = Session("memory").ask(proc_info())
    next(talk)
    try:
        talk.send(data)
    except StopIteration as end:
        return end.value
    raise SystemExit("the reply in memory is not whole")


main(*sys.argv[1:])
