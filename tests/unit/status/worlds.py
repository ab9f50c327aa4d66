"""Clusters to look at, made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from pypcp.postgres.instance import Receiver, Sender
from pypcp.records import Node, NodeRole, NodeStatus, Quorum, Watchdog, WatchdogNode
from pypcp.status.facts import NODES, POOL, SQL, WATCHDOG, Facts, Server, Source, server_source
from pypcp.status.findings import findings

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=timezone.utc)
CODES = {NodeStatus.WAITING: 1, NodeStatus.UP: 2}


def node(node_id: int, role: NodeRole | None, status: NodeStatus = NodeStatus.UP, **more: Any) -> Node:
    values: dict[str, Any] = {"pg_status": "up", "pg_role": role.value if role else None, "last_status_change": NOON}
    hostname = ("ser", "bak", "third", "fourth")[node_id]
    return Node(node_id, hostname, 5432, status, CODES.get(status, 3), role, **{**values, **more})


PRIMARY = Server(150000, False, 7, 2, 1000, senders=(Sender("bak", "10.0.0.2", "streaming", 1000),))
STANDBY = Server(150000, True, 7, 2, 1000, 1000, receiver=Receiver("streaming", 2, "ser", 5432))


def member(number: int, state: str = "STANDBY") -> WatchdogNode:
    return WatchdogNode(number, f"ha{number}:9999 Linux ha{number}", f"ha{number}", "10.0.0.9", 9000, 9999, 1, 7, state)


def watchdog(quorum: Quorum = Quorum.EXISTS, leader: str | None = "ha0:9999 Linux ha0", *states: str) -> Watchdog:
    found = tuple(member(number, state) for number, state in enumerate(states or ("LEADER", "STANDBY")))
    return Watchdog(len(found) - 1, 1, quorum, quorum.value or 0, True, leader, "ha0", found)


HEALTHY = Facts(
    pgpool="ha",
    moment=NOON,
    sources=tuple(Source(name, 0.01) for name in (NODES, POOL, WATCHDOG, SQL, server_source(0), server_source(1))),
    nodes=(node(0, NodeRole.PRIMARY), node(1, NodeRole.STANDBY)),
    pool_nodes=(node(0, NodeRole.PRIMARY, select_cnt=3), node(1, NodeRole.STANDBY, select_cnt=4)),
    settings={"backend_clustering_mode": "1", "health_check_period": "5", "delay_threshold": "10000"},
    version="4.3.5 (tamahomeboshi)",
    watchdog=watchdog(),
    servers={0: PRIMARY, 1: STANDBY},
    addresses={0: ("10.0.0.1",), 1: ("10.0.0.2",)},
)


def with_nodes(*nodes: Node, **more: Any) -> Facts:
    return replace(HEALTHY, nodes=nodes, pool_nodes=None, **more)


def with_error(name: str, error: str = "no", **more: Any) -> tuple[Source, ...]:
    return tuple(Source(each.name, 1.0, error, **more) if each.name == name else each for each in HEALTHY.sources)


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def found(facts: Facts) -> dict[str, str]:
    """What is wrong: the kind of each finding, and what mends it."""
    return {finding.kind: finding.mend for finding in findings(facts)}
