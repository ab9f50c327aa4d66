"""What pcp_proc_info prints (pcp_frontend_client.c, ``output_procinfo_result``)."""

from __future__ import annotations

import time

from pypcp.commands import number
from pypcp.errors import MalformedReply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NOTHING = "No process information available\n\n"

# Labels in the order in which they are printed, each with the place of its value in the reply.
_UNTIL_4_2 = (
    *(("Database", 1), ("Username", 2), ("Start time", 3), ("Creation time", 4), ("Major", 5), ("Minor", 6)),
    *(("Counter", 7), ("Backend PID", 9), ("Connected", 10)),
)
_IDS = (("PID", 0), ("Backend ID", 8))
_SINCE_4_3 = (
    *(("Database", 5), ("Username", 6), ("Start time", 1), ("Client connection count", 2), ("Major", 11)),
    *(("Minor", 12), ("Backend connection time", 7), ("Client connection time", 8), ("Client idle duration", 10)),
    *(("Client disconnection time", 9), ("Pool Counter", 13), ("Backend PID", 14), ("Connected", 15)),
    *(("PID", 0), ("Backend ID", 4), ("Status", 16)),
)
_SINCE_4_5 = (*_SINCE_4_3, ("Load balance node", 17))
_SINCE_4_7 = (*_SINCE_4_5, ("client_host", 18), ("client_port", 19), ("statement", 20))
LAYOUTS = {11: (*_UNTIL_4_2, *_IDS), 17: _SINCE_4_3, 18: _SINCE_4_5, 21: _SINCE_4_7}
_OLD = 11
_PID, _OLD_DATABASE, _DATABASE = 0, 1, 5


def text(rows: Sequence[Sequence[str]], *, is_verbose: bool, wants_all: bool, hides_ids: bool = False) -> str:
    """All rows, or without ``wants_all`` those of a slot in use.

    ``hides_ids`` is what 3.6 and 3.7 do without -a; their reply is the same as that of 4.0 to 4.2.
    """
    layout = _layout(rows)
    database = _OLD_DATABASE if layout is LAYOUTS[_OLD] else _DATABASE
    shown = [row for row in rows if (wants_all or row[database]) and row[_PID]]
    if not shown:
        return NOTHING
    if database == _OLD_DATABASE:
        shown = [_with_times(row) for row in shown]
        layout = layout if wants_all or not hides_ids else _UNTIL_4_2
    return "".join(map(_verbose(layout, database) if is_verbose else _plain(layout), shown))


def _layout(rows: Sequence[Sequence[str]]) -> Sequence[tuple[str, int]]:
    counts = set(map(len, rows))
    count = min(counts)
    known = max((each for each in LAYOUTS if each <= count), default=0)
    if not known or (count != known and count < max(LAYOUTS)):
        raise MalformedReply("read a process info", f"it has {count} fields, which no pgpool sends")
    return LAYOUTS[known]


def _plain(layout: Sequence[tuple[str, int]]) -> Callable[[Sequence[str]], str]:
    places = [place for _, place in layout]
    return lambda row: " ".join([row[place] for place in places]) + "\n"


def _verbose(layout: Sequence[tuple[str, int]], database: int) -> Callable[[Sequence[str]], str]:
    width = max(len(label) for label, _ in layout)
    # from 4.3 on there is a blank before the colon, and a blank line behind each record
    blank, end = ("", "") if database == _OLD_DATABASE else (" ", "\n")
    return lambda row: "".join(f"{label.ljust(width)}{blank}: {row[place]}\n" for label, place in layout) + end


def _with_times(row: Sequence[str]) -> Sequence[str]:
    return [*row[:3], _time(row[3]), _time(row[4]), *row[5:]]


def _time(text: str) -> str:
    seconds = number(text)
    if not seconds:
        return ""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
    except (OverflowError, OSError, ValueError):
        raise MalformedReply("read a process info", f"the time {text[:40]!r}") from None
