"""The counters of a node's health check: ``H``, since 4.2 (pcp_worker.c, ``process_health_check_stats``)."""

from __future__ import annotations

from pypcp.commands import Command, Reply, Request, node_id_text, number, question
from pypcp.errors import MalformedReply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pypcp.records import HealthCheckStats

FIELD_COUNT = 20
_NOTHING_MEASURED = 2147483647  # the minimum before the first measurement


def health_check_stats(node_id: int) -> Command[HealthCheckStats]:
    """How often the node was checked, with what result, and how long it took."""
    return question(f"ask for the health check of node {node_id}", Request(b"H", node_id_text(node_id)), _read)


def _read(reply: Reply) -> HealthCheckStats:
    from pypcp.records import HealthCheckStats, moment

    row = reply.fields
    if len(row) < FIELD_COUNT:
        raise MalformedReply("read the health check", f"it has {len(row)} fields where {FIELD_COUNT} were to come")
    counts = [number(row[at]) for at in (6, 7, 8, 9, 10, 12, 13, 14)]
    total, success, fail, skip, retry, max_retry, longest, shortest = counts
    return HealthCheckStats(
        node_id=number(row[0]),
        hostname=row[1],
        port=number(row[2]),
        status=row[3],
        role=row[4],
        last_status_change=moment(row[5]),
        total_count=total,
        success_count=success,
        fail_count=fail,
        skip_count=skip,
        retry_count=retry,
        average_retry_count=_average(row[11]),
        max_retry_count=max_retry,
        max_duration=longest,
        min_duration=None if shortest == _NOTHING_MEASURED else shortest,
        average_duration=_average(row[15]),
        last_health_check=moment(row[16]),
        last_successful_health_check=moment(row[17]),
        last_skip_health_check=moment(row[18]),
        last_failed_health_check=moment(row[19]),
        fields=tuple(row),
    )


def _average(text: str) -> float | None:
    try:
        average = float(text)  # 0/0 before the first check, which C prints as nan or -nan
    except ValueError:
        raise MalformedReply("read the health check", f"{text[:40]!r} where a number was to come") from None
    return average if average == average and abs(average) != float("inf") else None
