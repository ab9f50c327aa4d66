"""What pgpool tells, as frozen records with pgpool's names.

What a pgpool version does not send is None, never 0 or "". A code that is not known gives UNKNOWN, and stays beside.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime


class NodeStatus(enum.Enum):
    """A node's status in pgpool (BACKEND_STATUS in src/include/pcp/libpcp_ext.h), in the words of pypcp's JSON."""

    INITIALIZING = "initializing"  # 0, CON_UNUSED
    WAITING = "waiting"  # 1, CON_CONNECT_WAIT: attached, and no session has used it since; as good as up
    UP = "up"  # 2, CON_UP
    DOWN = "down"  # 3, CON_DOWN
    QUARANTINE = "quarantine"  # 3 with the quarantine flag: the watchdog took it out, on this pgpool only
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, code: int, is_quarantined: bool | None = None) -> NodeStatus:
        """The status for pgpool's code."""
        if code == 3 and is_quarantined:
            return cls.QUARANTINE
        known = (cls.INITIALIZING, cls.WAITING, cls.UP, cls.DOWN)
        return known[code] if 0 <= code < len(known) else cls.UNKNOWN

    @property
    def is_attached(self) -> bool:
        """Whether pgpool sends sessions to the node, or would."""
        return self in (NodeStatus.WAITING, NodeStatus.UP)


class NodeRole(enum.Enum):
    """A node's role in pgpool's opinion (SERVER_ROLE in src/include/pcp/libpcp_ext.h)."""

    MAIN = "main"  # 0; "master" up to 4.1
    REPLICA = "replica"  # 1; "slave" up to 4.1
    PRIMARY = "primary"  # 2
    STANDBY = "standby"  # 3
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, code: int) -> NodeRole:
        """The role for pgpool's code."""
        known = (cls.MAIN, cls.REPLICA, cls.PRIMARY, cls.STANDBY)
        return known[code] if 0 <= code < len(known) else cls.UNKNOWN


@dataclass(frozen=True)
class Node:
    """A node, as pgpool sees it (pcp_worker.c, `inform_node_info`).

    ``weight`` is the fraction of the load balancing, 0 to 1. ``pg_status`` and ``pg_role`` are what PostgreSQL itself
    answered just now. ``replication_delay`` is in bytes, or in microseconds if ``replication_delay_by_time``.
    ``last_status_change`` is in UTC. ``fields`` are the values as they came, with those a newer pgpool has added.
    ``select_cnt`` and ``load_balance_node`` only ``SHOW pool_nodes`` tells, never PCP.
    """

    id: int
    hostname: str
    port: int
    status: NodeStatus
    status_code: int
    role: NodeRole | None = None
    role_code: int | None = None
    weight: float | None = None
    quarantine: bool | None = None
    pg_status: str | None = None
    pg_role: str | None = None
    replication_delay: int | None = None
    replication_delay_by_time: bool | None = None
    replication_state: str | None = None
    replication_sync_state: str | None = None
    last_status_change: datetime | None = None
    select_cnt: int | None = None
    load_balance_node: bool | None = None
    fields: tuple[str, ...] = field(default=(), repr=False, compare=False)


@dataclass(frozen=True)
class Setting:
    """A parameter of pgpool, as it is in force (pcp_worker.c, `inform_pool_status`)."""

    name: str
    value: str
    description: str
