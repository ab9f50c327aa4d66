"""A real cluster on this machine: PostgreSQL nodes in streaming replication and a pgpool in front, on loopback.

>>> from pypcp.lab import Lab, up, down
>>> lab = Lab(Path("/tmp/lab"), nodes=2)  # doctest: +SKIP
>>> up(lab)  # doctest: +SKIP
>>> down(lab)  # doctest: +SKIP
"""

from __future__ import annotations

from pypcp.lab.cluster import (
    Workshop,
    break_primary,
    break_replication,
    down,
    find_directory,
    up,
    wait_for_failover,
)
from pypcp.lab.layout import Lab, LabNode, load
from pypcp.lab.status import NodeState, Status, look

__all__ = [
    "Lab",
    "LabNode",
    "NodeState",
    "Status",
    "Workshop",
    "break_primary",
    "break_replication",
    "down",
    "find_directory",
    "load",
    "look",
    "up",
    "wait_for_failover",
]
