"""``SHOW pool_nodes``: what psql printed, or rows from a session, into the records that PCP gives.

The columns, by pgpool version: src/utils/pool_process_reporting.c, ``nodes_reporting``.

>>> parse("0|bak|5432|up|0.500000|primary|7|true|0")[0].hostname
'bak'
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timezone

from pypcp.printed import bare, expanded, lines, markup, tabular
from pypcp.printed.shape import Shape, Unreadable
from pypcp.records import Node, NodeRole, NodeStatus

_COLUMNS = {
    "node_id": "[0-9]{1,9}",
    "hostname": r"\S{0,255}?",
    "port": "[0-9]{1,9}",
    "status": "[a-z]{2,20}",
    "pg_status": "[a-z]{2,20}",
    "lb_weight": "-?(?:[0-9]{1,20}(?:[.,][0-9]{1,20})?|nan)",
    "role": "[a-z]{2,20}",
    "pg_role": "[a-z]{2,20}",
    "select_cnt": "[0-9]{1,20}",
    "load_balance_node": "true|false",
    "replication_delay": "-?[0-9]{1,20}(?:[.,][0-9]{1,9} *seconds?)?",
    "replication_state": "[a-z]{0,20}",
    "replication_sync_state": "[a-z]{0,20}",
    "last_status_change": "[0-9]{4}-[0-9]{2}-[0-9]{2} *[0-9]{2}:[0-9]{2}:[0-9]{2}",
}
_OF_4_3 = tuple(_COLUMNS)
_OF_4_1 = tuple(name for name in _OF_4_3 if not name.startswith("pg_"))
_OF_4_0 = tuple(name for name in _OF_4_1 if name not in ("replication_state", "replication_sync_state"))
_OF_3_6 = _OF_4_0[:-1]

POOL_NODES = Shape(
    asked="the output of SHOW pool_nodes",
    columns=_COLUMNS,
    required=("node_id", "hostname", "port", "status", "lb_weight", "role"),
    layouts=(_OF_4_3, _OF_4_1, _OF_4_0, _OF_3_6),
)

# load_balance_node between two numbers: nothing else in a row, or around it, looks like that.
_ANCHOR = re.compile(r'[0-9]([^0-9a-zA-Z]{1,40}|[^0-9]{1,20})(?:true|false)("? *)(?=\D)')

_STATUSES = {
    "unused": (0, NodeStatus.INITIALIZING),
    "waiting": (1, NodeStatus.WAITING),
    "up": (2, NodeStatus.UP),
    "down": (3, NodeStatus.DOWN),
    "quarantine": (3, NodeStatus.QUARANTINE),
}
_ROLES = {"main": 0, "master": 0, "replica": 1, "slave": 1, "primary": 2, "standby": 3}


def parse(text: str) -> list[Node]:
    """The nodes in what psql printed, in the order of the text.

    Any format, with or without header and footer, with whatever stands before and behind. Of several tables the last
    counts. Times are read as this machine's local time. Raises Unreadable, an OperationFailed, when there is no table
    or a broken one.
    """
    clean = lines.clean(text, POOL_NODES.key)
    if rows := markup.read("\n".join(clean), POOL_NODES):
        return nodes(rows)
    starts = [number for number, line in enumerate(clean) if tabular.is_header(line, POOL_NODES)]
    if starts:
        return nodes(tabular.read(clean, starts[-1], POOL_NODES))
    rows = expanded.read(clean, POOL_NODES) or bare.read(clean, POOL_NODES, _ANCHOR)
    if not rows:
        raise _nothing_in(text)
    return nodes(rows)


def nodes(rows: Iterable[Mapping[str, str]]) -> list[Node]:
    """The nodes for rows of texts, by the names of the columns. Raises Unreadable."""
    found = [node(row) for row in rows]
    if any(one.replication_delay_by_time for one in found):  # a setting of pgpool, so it is the same for all
        found = [replace(one, replication_delay_by_time=True) for one in found]
    return found


def node(row: Mapping[str, str]) -> Node:
    """The node for one row of texts, by the names of the columns. Raises Unreadable."""
    if missing := [name for name in POOL_NODES.required if row.get(name) is None]:
        raise Unreadable(f"read {POOL_NODES.asked}", f"there is no column {missing[0]}")
    code, status = _STATUSES.get(row["status"], (-1, NodeStatus.UNKNOWN))
    role = _ROLES.get(row["role"], -1)
    delay, by_time = _delay(row.get("replication_delay"))
    return Node(
        id=_number(row, "node_id", 127),
        hostname=row["hostname"],
        port=_number(row, "port", 65535),
        status=status,
        status_code=code,
        role=NodeRole.of(role),
        role_code=role,
        weight=_weight(row["lb_weight"]),
        quarantine=True if status is NodeStatus.QUARANTINE else None,
        pg_status=row.get("pg_status"),
        pg_role=row.get("pg_role"),
        replication_delay=delay,
        replication_delay_by_time=by_time,
        replication_state=row.get("replication_state") or None,
        replication_sync_state=row.get("replication_sync_state") or None,
        last_status_change=_time(row.get("last_status_change")),
        select_cnt=_number(row, "select_cnt", 2**64) if "select_cnt" in row else None,
        load_balance_node={"true": True, "false": False}.get(row.get("load_balance_node", "")),
        fields=tuple(row.values()),
    )


def _number(row: Mapping[str, str], name: str, highest: int) -> int:
    text = row[name]
    if not re.fullmatch("[0-9]{1,20}", text) or int(text) > highest:
        raise _strange(name, text)
    return int(text)


def _weight(text: str) -> float | None:
    try:
        weight = float(text.replace(",", "."))
    except ValueError:
        raise _strange("lb_weight", text) from None
    return weight if math.isfinite(weight) else None


def _delay(text: str | None) -> tuple[int | None, bool | None]:
    """Bytes, or microseconds from 4.4 on where the delay is measured as a time ("1.955067 second")."""
    if text is None:
        return None, None
    found = re.fullmatch(r"(-?[0-9]{1,20})(?:[.,]([0-9]{1,9}) *seconds?)?", text)
    if not found:
        raise _strange("replication_delay", text)
    if found[2] is None:
        return int(found[1]), None
    return round(float(f"{found[1]}.{found[2]}") * 1_000_000), True


def _time(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        local = datetime.strptime(re.sub(" +", " ", text), "%Y-%m-%d %H:%M:%S")
        return local.astimezone(timezone.utc)
    except (ValueError, OverflowError, OSError):
        raise _strange("last_status_change", text) from None


def _strange(name: str, value: str) -> Unreadable:
    return Unreadable(f"read {POOL_NODES.asked}", f"{name} is {value[:40]!r}")


def _nothing_in(text: str) -> Unreadable:
    if "pool_nodes" in text and "unrecognized" in text:
        said, do = "it is PostgreSQL's answer, which knows no pool_nodes", "Ask pgpool's port, not PostgreSQL's."
    else:
        said, do = "there is no table of nodes in it", "Give what this prints: psql --csv -c 'show pool_nodes'"
    return Unreadable(f"read {POOL_NODES.asked}", said, do)
