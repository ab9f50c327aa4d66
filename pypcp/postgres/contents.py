"""What is in a data directory, as far as whoever copies or writes all of it has to know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pypcp.errors import MalformedReply
from pypcp.hosts.host import Host
from pypcp.postgres import scripts
from pypcp.postgres.instance import Instance


@dataclass(frozen=True)
class Contents:
    """``size`` of all files in bytes; ``forbidden`` are the first that the owner cannot write or read, as was asked."""

    size: int = 0
    forbidden: tuple[str, ...] = ()


def contents(host: Host, instance: Instance, needed: Literal["writable", "readable"]) -> Contents:
    """Go through all files, those behind the links to WAL and tablespaces too.

    Raises OperationFailed and MalformedReply when it cannot be looked, and what ``Host.run`` raises.
    """
    directory = instance.data_directory
    tried = f"look for files that are not {needed} in {directory} on {host.name}"
    script = instance.era.spelled(scripts.text("contents"))
    answer = host.run(script, [directory, needed], owner_of=directory, timeout=600.0).or_fail(tried)
    *forbidden, size = answer.stdout.decode("utf-8", "replace").splitlines() or [""]
    if not size.isdigit():
        raise MalformedReply(tried, f"the answer cannot be read: {size!r}")
    return Contents(int(size), tuple(forbidden))
