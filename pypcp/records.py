"""What pgpool tells, as frozen records with pgpool's names.

What a pgpool version does not send is None, never 0 or "". A code that is not known gives UNKNOWN, and stays beside.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, NamedTuple

from pypcp.errors import MalformedReply


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


class Setting(NamedTuple):  # there are hundreds in a reply, and a dataclass takes twice as long to make
    """A parameter of pgpool, as it is in force (pcp_worker.c, `inform_pool_status`)."""

    name: str
    value: str
    description: str


class Process(tuple[str, ...]):
    """One pool slot of one pgpool child, for one node (pool_process_reporting.c, `get_pools`).

    It is the row as it came, so that thousands of them cost little; a property looks its value up and reads it, and
    raises MalformedReply where the text is not what it has to be. None is what this pgpool version does not tell.
    Times are UTC up to 4.2, and from 4.3 on without a zone, since pgpool then tells its own local time.
    """

    __slots__ = ()

    @property
    def pid(self) -> int | None:
        """The child's process id; 0 for a child that is not there."""
        return integer(self._text("pid"))

    @property
    def database(self) -> str | None:
        """The database of the slot's connection; None while the slot is free."""
        return self._text("database") or None

    @property
    def username(self) -> str | None:
        """The user of the slot's connection; None while the slot is free."""
        return self._text("username") or None

    @property
    def start_time(self) -> datetime | None:
        """When the child was started."""
        return moment(self._text("start_time"))

    @property
    def restarts_in(self) -> int | None:
        """The seconds until the child is replaced for its age (child_life_time), from 4.3 on."""
        return _remaining(self._text("start_time"))

    @property
    def client_connection_count(self) -> int | None:
        """How many clients the child has served, from 4.3 on."""
        return integer(self._text("client_connection_count"))

    @property
    def pool_id(self) -> int | None:
        """The slot's number within the child, from 4.3 on."""
        return integer(self._text("pool_id"))

    @property
    def node_id(self) -> int | None:
        """The node that the row is about."""
        return integer(self._text("node_id"))

    @property
    def backend_connection_time(self) -> datetime | None:
        """When the connection to the node was made."""
        return moment(self._text("backend_connection_time"))

    @property
    def client_connection_time(self) -> datetime | None:
        """When the last client came, from 4.3 on."""
        return moment(self._text("client_connection_time"))

    @property
    def client_disconnection_time(self) -> datetime | None:
        """When the last client left, from 4.3 on."""
        return moment(self._text("client_disconnection_time"))

    @property
    def client_idle_duration(self) -> int | None:
        """How long the client has been idle, in seconds, from 4.3 on."""
        text = self._text("client_idle_duration")
        return integer(text.partition(" ")[0] if text else text)

    @property
    def major(self) -> int | None:
        """The major number of the frontend protocol; 0 in a free slot."""
        return integer(self._text("major"))

    @property
    def minor(self) -> int | None:
        """The minor number of the frontend protocol."""
        return integer(self._text("minor"))

    @property
    def pool_counter(self) -> int | None:
        """How often the connection was used."""
        return integer(self._text("pool_counter"))

    @property
    def backend_pid(self) -> int | None:
        """The process id of the session on the node."""
        return integer(self._text("backend_pid"))

    @property
    def is_connected(self) -> bool | None:
        """Whether a client is connected now."""
        text = self._text("connected")
        return None if text is None else text == "1"

    @property
    def status(self) -> str | None:
        """What the child does, from 4.3 on: "Wait for connection", "Execute command", "Idle", ..."""
        return self._text("status")

    @property
    def is_load_balance_node(self) -> bool | None:
        """Whether the session's reads go to this node, from 4.5 on."""
        text = self._text("load_balance_node")
        return None if text is None else text == "1"

    @property
    def client_host(self) -> str | None:
        """The client's address, from 4.7 on."""
        return self._text("client_host") or None

    @property
    def client_port(self) -> int | None:
        """The client's port, from 4.7 on."""
        return integer(self._text("client_port") or None)

    @property
    def statement(self) -> str | None:
        """The last statement, cut at 1023 bytes, from 4.7 on; only on rows of the nodes that it went to."""
        return self._text("statement") or None

    def _text(self, name: str) -> str | None:
        at = _PROCESS_FIELDS[len(self) if len(self) in _PROCESS_FIELDS else _NEWEST_PROCESS].get(name)
        return None if at is None else self[at]

    def __repr__(self) -> str:
        return f"Process(pid={self._text('pid')}, node_id={self._text('node_id')}, database={self._text('database')!r})"


_OLD_PROCESS = (
    *("pid", "database", "username", "start_time", "backend_connection_time", "major", "minor", "pool_counter"),
    *("node_id", "backend_pid", "connected"),
)
_PROCESS_4_3 = (
    *("pid", "start_time", "client_connection_count", "pool_id", "node_id", "database", "username"),
    *("backend_connection_time", "client_connection_time", "client_disconnection_time", "client_idle_duration"),
    *("major", "minor", "pool_counter", "backend_pid", "connected", "status"),
)
_PROCESS_4_5 = (*_PROCESS_4_3, "load_balance_node")
_PROCESS_4_7 = (*_PROCESS_4_5, "client_host", "client_port", "statement")
PROCESS_LAYOUTS = {len(layout): layout for layout in (_OLD_PROCESS, _PROCESS_4_3, _PROCESS_4_5, _PROCESS_4_7)}
_PROCESS_FIELDS = {count: {name: at for at, name in enumerate(layout)} for count, layout in PROCESS_LAYOUTS.items()}
_NEWEST_PROCESS = max(PROCESS_LAYOUTS)


def integer(text: str | None) -> int | None:
    """The number a text stands for; None for None. Raises MalformedReply."""
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        raise MalformedReply("read what pgpool tells", f"{text[:40]!r} where a number was to come") from None


def moment(text: str | None) -> datetime | None:
    """A time: seconds since 1970, or local time with a remark behind it; nothing or 0 where there is none."""
    if not text or text == "0":
        return None
    try:
        if text.isascii() and text.isdigit():
            return datetime.fromtimestamp(int(text), timezone.utc)
        return datetime.strptime(text[:19], "%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        raise MalformedReply("read what pgpool tells", f"{text[:40]!r} where a time was to come") from None


def _remaining(text: str | None) -> int | None:
    """The seconds of a remark such as ``(4:53 before process restarting)``."""
    minutes, colon, rest = (text or "").partition("(")[2].partition(":")
    seconds = rest.partition(" ")[0]
    if not colon:
        return None
    return (integer(minutes) or 0) * 60 + (integer(seconds) or 0)


class Quorum(enum.Enum):
    """The state of the watchdog's quorum (watchdog.c, `update_quorum_status`)."""

    EXISTS = 1
    ON_THE_EDGE = 0  # exactly half of the nodes, and half suffices
    ABSENT = -1
    NO_LEADER = -2
    UNKNOWN = None


@dataclass(frozen=True)
class WatchdogNode:
    """A member of the watchdog cluster (wd_commands.c; watchdog.c, `add_nodeinfo_to_json`).

    ``id`` is pgpool_node_id from 4.2 on; before, 0 is always the pgpool that was asked. ``state`` is the number and
    ``state_name`` the word: LEADER, STANDBY, LOST, ... (MASTER up to 4.1). The membership is told from 4.3 on.
    """

    id: int
    name: str
    hostname: str
    delegate_ip: str | None
    watchdog_port: int
    pgpool_port: int
    priority: int
    state: int
    state_name: str
    membership: int | None = None
    membership_name: str | None = None
    lifecheck_started: bool | None = None

    @property
    def is_leader(self) -> bool:
        """Whether it leads: state 4 in every version."""
        return self.state == 4


@dataclass(frozen=True)
class Watchdog:
    """The watchdog cluster, as the pgpool that was asked sees it. ``nodes`` begins with itself, if all were asked for.

    ``is_escalated``: the pgpool that was asked has escalated, so it holds the delegate IP if one is set. ``document``
    is the JSON as it came, with keys that newer versions have added.
    """

    remote_node_count: int
    alive_remote_node_count: int
    quorum: Quorum
    quorum_status: int
    is_escalated: bool
    leader_name: str | None
    leader_hostname: str | None
    nodes: tuple[WatchdogNode, ...]
    member_remote_node_count: int | None = None
    nodes_required_for_quorum: int | None = None
    document: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class HealthCheckStats:
    """The counters of a node's health check (pool_health_check_stats.h), from 4.2 on.

    Durations are in milliseconds; averages are None while there is nothing to divide by. Times have no zone: pgpool
    tells its own local time. ``fields`` are the values as they came.
    """

    node_id: int
    hostname: str
    port: int
    status: str
    role: str
    last_status_change: datetime | None
    total_count: int
    success_count: int
    fail_count: int
    skip_count: int
    retry_count: int
    average_retry_count: float | None
    max_retry_count: int
    max_duration: int
    min_duration: int | None
    average_duration: float | None
    last_health_check: datetime | None
    last_successful_health_check: datetime | None
    last_skip_health_check: datetime | None
    last_failed_health_check: datetime | None
    fields: tuple[str, ...] = field(default=(), repr=False, compare=False)
