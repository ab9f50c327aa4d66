"""One rejoin of a node at a time: a lock on the target's host, beside the data directory."""

from __future__ import annotations

import contextlib
import getpass
import os
import socket
from collections.abc import Iterator

from pypcp.errors import RefusedForSafety
from pypcp.hosts.host import Host
from pypcp.postgres.instance import Instance
from pypcp.rejoin import scripts


@contextlib.contextmanager
def held(host: Host, target: Instance) -> Iterator[None]:
    """Hold the lock. It is the lock of a process on that host, which ends when we do: it cannot be left behind.

    Raises RefusedForSafety when another rejoin has it, with who that is, and what ``Host.hold`` raises.
    """
    who = f"{getpass.getuser()}@{socket.gethostname()} (process {os.getpid()})"
    args = [target.bindir, target.data_directory, target.journal.directory, who]
    lock = host.hold(scripts.text("lock"), args, owner_of=target.data_directory)
    try:
        if lock.line != "held":
            raise RefusedForSafety(
                f"rejoin {target.data_directory} on {target.host}",
                f"another one is at it: {lock.line.removeprefix('taken ')}",
                "Wait for its end. If it was killed, its lock ends by itself within half a minute.",
            )
        yield
    finally:
        lock.release()
