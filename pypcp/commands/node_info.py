"""What pgpool knows of one node: ``I`` (pcp_worker.c, ``inform_node_info``)."""

from __future__ import annotations

import math

from pypcp.commands import Command, Reply, Request, node_id_text, number, question
from pypcp.errors import MalformedReply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

    from pypcp.records import Node

# The number of fields tells the layout; the version would not, since patch releases of five branches inserted
# `quarantine` in the middle.
_FIRST = ("hostname", "port", "status")
LAYOUTS = {
    4: (*_FIRST, "weight"),  # 3.6
    5: (*_FIRST, "weight", "role"),  # 3.7
    6: (*_FIRST, "quarantine", "weight", "role"),  # 3.7.23
    7: (*_FIRST, "weight", "role", "delay", "changed"),  # 4.0
    8: (*_FIRST, "quarantine", "weight", "role", "delay", "changed"),  # 4.0.18
    9: (*_FIRST, "weight", "role", "delay", "state", "sync_state", "changed"),  # 4.1, 4.2
    10: (*_FIRST, "quarantine", "weight", "role", "delay", "state", "sync_state", "changed"),  # 4.1.11, 4.2.8
    11: (*_FIRST, "pg_status", "weight", "role", "pg_role", "delay", "state", "sync_state", "changed"),  # 4.3.0
    12: (
        *(*_FIRST, "quarantine", "pg_status", "weight", "role", "pg_role"),
        *("delay", "state", "sync_state", "changed"),
    ),  # 4.3.1
    13: (
        *(*_FIRST, "quarantine", "pg_status", "weight", "role", "pg_role"),
        *("by_time", "delay", "state", "sync_state", "changed"),
    ),  # 4.4 to 4.7
}
_NEWEST = max(LAYOUTS)
WHOLE_WEIGHT = 2147483647  # pgpool sends the fraction times RAND_MAX


def node_info(node_id: int) -> Command[Node]:
    """One node: its address, status, role, and how far it is behind."""
    request = Request(b"I", node_id_text(node_id))
    return question(f"ask for node {node_id}", request, lambda reply: _only(reply, node_id), asks_backends=True)


def _only(reply: Reply, node_id: int) -> Node:
    # Since 4.3 each node has a frame of its own, before that it stands in the last one.
    rows = reply.rows("NodeInfo") or [reply.fields]
    return node_of(rows[0], node_id)


def node_of(row: list[str], node_id: int) -> Node:
    """The record for a row of any layout. Raises MalformedReply."""
    from pypcp.records import Node, NodeRole, NodeStatus

    if len(row) < min(LAYOUTS):
        raise MalformedReply("read a node info", f"it has {len(row)} fields, which no pgpool sends")
    value = dict(zip(LAYOUTS[min(len(row), _NEWEST)], row, strict=False))
    status, quarantine, role = number(value["status"]), _flag(value, "quarantine"), _number(value, "role")
    return Node(
        id=node_id,
        hostname=value["hostname"],
        port=number(value["port"]),
        status=NodeStatus.of(status, quarantine),
        status_code=status,
        role=None if role is None else NodeRole.of(role),
        role_code=role,
        weight=_weight(value["weight"]),
        quarantine=quarantine,
        pg_status=value.get("pg_status"),
        pg_role=value.get("pg_role"),
        replication_delay=_number(value, "delay"),
        replication_delay_by_time=_flag(value, "by_time"),
        replication_state=value.get("state") or None,
        replication_sync_state=value.get("sync_state") or None,
        last_status_change=_time(value),
        fields=tuple(row),
    )


def _number(value: dict[str, str], name: str) -> int | None:
    return number(value[name]) if name in value else None


def _flag(value: dict[str, str], name: str) -> bool | None:
    return value[name] == "1" if name in value else None


def _weight(text: str) -> float | None:
    try:
        weight = float(text) / WHOLE_WEIGHT
    except ValueError:
        raise MalformedReply("read a node info", f"the weight {text[:40]!r}") from None
    return weight if math.isfinite(weight) else None  # -nan where no weight is set


def _time(value: dict[str, str]) -> datetime | None:
    from datetime import datetime, timezone

    seconds = _number(value, "changed")
    if not seconds:
        return None
    try:
        return datetime.fromtimestamp(seconds, timezone.utc)
    except (ValueError, OverflowError, OSError):
        raise MalformedReply("read a node info", f"the time {seconds}") from None
