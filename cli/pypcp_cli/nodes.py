"""Nodes as documents and as a table."""

from __future__ import annotations

from pypcp_cli.render import local, utc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from pypcp.records import Node

HEADINGS = ("ID", "Host", "Port", "Status", "Role", "PostgreSQL", "Weight", "Delay", "Replication", "Changed")


def node_document(node: Node) -> dict[str, Any]:
    """The node with the keys that scripts rely on. What this pgpool version does not tell is None."""
    return {
        "id": node.id,
        "hostname": node.hostname,
        "port": node.port,
        "status": node.status.value,
        "status_code": node.status_code,
        "role": node.role.value if node.role else None,
        "weight": node.weight,
        "pg_status": node.pg_status,
        "pg_role": node.pg_role,
        "replication_delay": node.replication_delay,
        "replication_delay_unit": delay_unit(node),
        "replication_state": node.replication_state,
        "replication_sync_state": node.replication_sync_state,
        "last_status_change": utc(node.last_status_change),
    }


def delay_unit(node: Node) -> str | None:
    """What the replication delay is counted in. Until 4.3 always bytes, and not said."""
    if node.replication_delay is None:
        return None
    return "microseconds" if node.replication_delay_by_time else "bytes"


def node_table(nodes: Iterable[Node]) -> tuple[Sequence[str], list[Sequence[object]]]:
    """Headings and rows, without the columns that this pgpool version does not fill."""
    rows = [_row(node) for node in nodes]
    shown = [at for at in range(len(HEADINGS)) if any(row[at] is not None for row in rows)]
    return [HEADINGS[at] for at in shown], [[row[at] for at in shown] for row in rows]


def _row(node: Node) -> Sequence[object]:
    return (
        node.id,
        node.hostname,
        node.port,
        node.status.value if node.status.value != "unknown" else f"unknown ({node.status_code})",
        node.role.value if node.role else None,
        _postgres(node),
        None if node.weight is None else f"{node.weight:.2f}",
        delay(node),
        ", ".join(filter(None, (node.replication_state, node.replication_sync_state))) or None,
        local(node.last_status_change),
    )


def _postgres(node: Node) -> str | None:
    """What PostgreSQL itself says: its role; where it says none, whether it is up."""
    return node.pg_role if node.pg_role not in (None, "unknown") else node.pg_status


def delay(node: Node) -> str | None:
    """The delay with its unit. A primary has none: PCP tells a left-over value for it (SHOW pool_nodes says 0)."""
    if node.replication_delay is None or (node.role and node.role.value == "primary"):
        return None
    if node.replication_delay_by_time:
        return f"{node.replication_delay / 1_000_000:.3f} s"
    return f"{node.replication_delay} B"
