"""Process infos as documents and as a table: thousands of them, so each value is looked at once."""

from __future__ import annotations

from pypcp.records import PROCESS_LAYOUTS, integer, moment
from pypcp_cli.render import as_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from pypcp.records import Process

_NUMBERS = ("pid", "client_connection_count", "pool_id", "node_id", "major", "minor", "pool_counter", "backend_pid")
_TIMES = ("start_time", "backend_connection_time", "client_connection_time", "client_disconnection_time")
KEYS = (
    *("pid", "node_id", "pool_id", "database", "username", "status", "connected", "load_balance_node", "start_time"),
    *("client_connection_count", "backend_connection_time", "client_connection_time", "client_disconnection_time"),
    *("client_idle_duration", "major", "minor", "pool_counter", "backend_pid", "client_host", "client_port"),
    "statement",
)
HEADINGS = ("PID", "Node", "Database", "User", "Status", "Client", "Connected", "Since", "Backend PID", "Used")


def process_documents(processes: Iterable[Process]) -> list[dict[str, Any]]:
    """Each row with the keys that scripts rely on. Up to 4.2 times are UTC; later pgpool tells its local time."""
    readers: dict[int, list[tuple[str, int, Callable[[str], object]]]] = {}
    documents = []
    for row in processes:
        if len(row) not in readers:
            readers[len(row)] = _readers(len(row))
        document: dict[str, Any] = dict.fromkeys(KEYS)
        for name, at, read in readers[len(row)]:
            document[name] = read(row[at])
        documents.append(document)
    return documents


def process_table(processes: Iterable[Process]) -> tuple[Sequence[str], list[Sequence[object]]]:
    """Headings and rows, without the columns that this pgpool version does not fill."""
    rows = [_row(document) for document in process_documents(processes)]
    shown = [at for at in range(len(HEADINGS)) if at < 4 or any(row[at] is not None for row in rows)]
    return [HEADINGS[at] for at in shown], [[row[at] for at in shown] for row in rows]


def _row(document: dict[str, Any]) -> Sequence[object]:
    host = document["client_host"]
    since = document["client_connection_time"] or document["backend_connection_time"]
    return (
        document["pid"],
        document["node_id"],
        document["database"],
        document["username"],
        document["status"],
        f"{host}:{document['client_port']}" if host else None,
        document["connected"],
        since and since.replace("T", " "),
        document["backend_pid"],
        document["pool_counter"],
    )


def _readers(count: int) -> list[tuple[str, int, Callable[[str], object]]]:
    layout = PROCESS_LAYOUTS[count if count in PROCESS_LAYOUTS else max(PROCESS_LAYOUTS)]
    return [(name, at, _reader(name)) for at, name in enumerate(layout) if name in KEYS]


def _reader(name: str) -> Callable[[str], object]:
    if name in _NUMBERS:
        return integer
    if name in _TIMES:
        return _Times().__getitem__
    if name in ("connected", "load_balance_node"):
        return "1".__eq__
    if name in ("client_idle_duration", "client_port"):
        return lambda text: integer(text.partition(" ")[0] or None)
    return lambda text: text or None


class _Times(dict[str, "str | None"]):
    """Times by their texts. Most rows tell the same few."""

    def __missing__(self, text: str) -> str | None:
        self[text] = found = as_time(moment(text))
        return found
