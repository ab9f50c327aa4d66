"""What pcp_node_info prints (pcp_frontend_client.c, ``output_nodeinfo_result``)."""

from __future__ import annotations

import struct
import time

from pypcp.commands import number
from pypcp.commands.node_info import LAYOUTS, WHOLE_WEIGHT
from pypcp.errors import MalformedReply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

STATUSES = ("unused", "waiting", "up", "down")
ROLES = ("main", "replica", "primary", "standby")
OLD_ROLES = ("master", "slave", "primary", "standby")  # up to 4.1

_ADDRESS = ("Hostname", "Port", "Status", "Weight", "Status Name")
_STATES = ("Replication State", "Replication Sync State", "Last Status Change")
_BEFORE_4_3 = (*_ADDRESS, "Role", "Replication Delay", *_STATES)
_SINCE_4_3 = (*_ADDRESS, "Backend Status Name", "Role", "Backend Role", "Replication Delay", *_STATES)
# By the number of fields in the reply, as the layouts are told apart there.
LABELS = {
    4: _ADDRESS,  # 3.6
    5: (*_ADDRESS, "Role"),  # 3.7
    6: (*_ADDRESS, "Role"),
    7: (*_ADDRESS, "Role", "Replication Delay", "Last Status Change"),  # 4.0
    8: (*_ADDRESS, "Role", "Replication Delay", "Last Status Change"),
    9: _BEFORE_4_3,
    10: _BEFORE_4_3,
    11: _SINCE_4_3,
    12: _SINCE_4_3,
    13: _SINCE_4_3,
}
_NEWEST = max(LAYOUTS)
FIRST_WITH_STATES = 9  # from 4.1 on there is a blank before the colon
FIRST_WITH_NONE = 11  # from 4.3 on an empty replication state prints as "none", and a blank line ends a verbose record


def plain(row: Sequence[str], roles: Sequence[str] = ()) -> str:
    """One line for a node, from the fields of the reply in any layout.

    ``roles`` are the words for them, where 4.1 and 4.2 are to be told apart: they send the same.
    """
    values = _values(row, roles, is_verbose=False)
    return " ".join(values[label] for label in _labels(row)) + "\n"


def verbose(row: Sequence[str], roles: Sequence[str] = ()) -> str:
    """One line for each value of a node."""
    values, labels = _values(row, roles, is_verbose=True), _labels(row)
    width = max(map(len, labels))
    colon = " : " if len(row) >= FIRST_WITH_STATES else ": "
    lines = [f"{label.ljust(width)}{colon}{values[label]}\n" for label in labels]
    return "".join(lines) + ("\n" if len(row) >= FIRST_WITH_NONE else "")


def _labels(row: Sequence[str]) -> Sequence[str]:
    if len(row) < min(LAYOUTS):
        raise MalformedReply("read a node info", f"it has {len(row)} fields, which no pgpool sends")
    return LABELS[min(len(row), _NEWEST)]


def _values(row: Sequence[str], roles: Sequence[str], *, is_verbose: bool) -> dict[str, str]:
    _labels(row)
    count = min(len(row), _NEWEST)
    field = dict(zip(LAYOUTS[count], row, strict=False))
    none = "none" if count >= FIRST_WITH_NONE else ""
    return {
        "Hostname": field["hostname"],
        "Port": str(number(field["port"])),
        "Status": str(number(field["status"])),
        "Weight": _weight(field["weight"]),
        "Status Name": status_name(field["status"], field.get("quarantine")),
        "Backend Status Name": field.get("pg_status", ""),
        "Role": role_name(field.get("role", ""), roles or (OLD_ROLES if count < FIRST_WITH_STATES else ROLES)),
        "Backend Role": field.get("pg_role", ""),
        "Replication Delay": _delay(field.get("delay", "0"), field.get("by_time") == "1", is_verbose=is_verbose),
        "Replication State": field.get("state") or none,
        "Replication Sync State": field.get("sync_state") or none,
        "Last Status Change": _time(field.get("changed", "0")),
    }


def status_name(code: str, quarantine: str | None) -> str:
    """pgpool's word for a status."""
    if code == "3" and quarantine == "1":
        return "quarantine"
    return STATUSES[int(code)] if code in ("0", "1", "2", "3") else "unknown"


def role_name(code: str, words: Sequence[str]) -> str:
    """pgpool's word for a role."""
    return words[int(code)] if code in ("0", "1", "2", "3") else "unknown"


def _weight(text: str) -> str:
    try:
        weight = float(text) / WHOLE_WEIGHT
        return f"{weight:f}" if weight == weight else text  # C prints the sign of -nan
    except ValueError:
        raise MalformedReply("read a node info", f"the weight {text[:40]!r}") from None


def _delay(text: str, by_time: bool, *, is_verbose: bool) -> str:
    delay = number(text)
    if not by_time:
        return str(delay)
    seconds = f"{_single(_single(delay) / 1_000_000):.6f}"
    return seconds + (" seconds" if delay >= 2_000_000 else " second") * is_verbose


def _single(number: float) -> float:
    """The number in single precision, in which they reckon here."""
    return float(struct.unpack("f", struct.pack("f", number))[0])


def _time(text: str) -> str:
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(number(text)))
    except (OverflowError, OSError, ValueError):
        raise MalformedReply("read a node info", f"the time {text[:40]!r}") from None
