"""One rejoin of a node at a time: a lock on the target's host, beside the data directory."""

from __future__ import annotations

import contextlib
import getpass
import os
import socket
from collections.abc import Iterator

from pypcp.errors import RefusedForSafety, on_one_line
from pypcp.hosts.host import Held, Host
from pypcp.hosts.process import DidNotStay
from pypcp.hosts.sessions import SERVE
from pypcp.postgres import scripts as postgres_scripts
from pypcp.postgres.instance import Instance
from pypcp.rejoin import scripts


@contextlib.contextmanager
def held(host: Host, target: Instance) -> Iterator[Held]:
    """Hold the lock, and run scripts under it: by a process on that host which ends when we do.

    So a lock cannot be left behind; and a script that outlives us keeps it until it has ended.
    Raises RefusedForSafety when another rejoin has it, with who that is, or when the instance is not as it was when it
    was looked at; and what ``Host.hold`` raises.
    """
    tried = f"rejoin {target.data_directory} on {target.host}"
    who = f"{getpass.getuser()}@{socket.gethostname()} (process {os.getpid()})"
    args = [target.bindir, target.data_directory, target.journal.directory, who]
    script = SERVE + postgres_scripts.text("fingerprint") + scripts.text("lock")
    try:
        lock = host.hold(script, args, as_user=target.owner)
    except DidNotStay as why:
        do = f"{target.owner} must be able to write in {target.journal.directory}; then run the same command again."
        raise RefusedForSafety(tried, why.said, do) from None
    try:
        word, _, found = lock.line.partition(" ")
        if word != "held":
            raise RefusedForSafety(
                tried,
                f"another one is at it: {on_one_line(found)}",
                "Wait for its end. If it was killed, the step that it was in still works; its lock ends with that.",
            )
        if found.strip() != target.fingerprint and not target.journal.rewind_runs:
            raise RefusedForSafety(
                tried, "it was started, stopped or changed since it was looked at", "Run the same command again."
            )
        yield lock
    finally:
        lock.release()
