"""While a target is made ready: the WAL that it will need stays on the source, and no slot is left behind there."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from pypcp.errors import PypcpError
from pypcp.hosts.host import Host
from pypcp.postgres.instance import Instance
from pypcp.rejoin import scripts
from pypcp.rejoin.plan import Plan

LONG = {"rewind", "basebackup"}  # the steps in which the source may write, and recycle, a lot
TEMPORARY_SLOTS = 100000  # server_version_num since which a slot can end with its session (release notes of 10)


def wanted(plan: Plan, source: Instance) -> bool:
    """Whether the plan has a step that lasts, or makes a slot, and ``source`` can reserve."""
    has_step = any(step.key in LONG or step.key == "slot" for step in plan.steps)
    return has_step and bool(source.server and source.server.version >= TEMPORARY_SLOTS)


@contextlib.contextmanager
def reserved(host: Host, source: Instance, slot: str) -> Iterator[Callable[[], object]]:
    """Keep the WAL of ``source`` from now on, by a process on its host that ends when we do. Gives what waits for it.

    ``slot`` is the one that the target streams through, or empty. Where it is made in the meantime and not in use at
    the end, it is dropped. Where nothing can be reserved (all of max_replication_slots are taken, or the host cannot be
    asked just then), the rejoin goes on as without: what the target then lacks, it says itself.
    """
    args, script = [source.bindir, source.data_directory, slot], source.era.spelled(scripts.text("reserve"))
    with ThreadPoolExecutor(1) as worker:
        begun = worker.submit(host.hold, script, args, owner_of=source.data_directory)
        try:
            yield begun.exception
        finally:
            with contextlib.suppress(PypcpError):
                begun.result().release()
