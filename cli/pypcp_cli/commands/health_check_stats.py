"""``pypcp health-check-stats``."""

from __future__ import annotations

import click

from pypcp import node_names
from pypcp_cli.options import Pgpool, node_option, pcp_options
from pypcp_cli.render import Output, as_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pypcp.records import HealthCheckStats

KEYS = (
    *("node_id", "hostname", "port", "status", "role", "last_status_change", "total_count", "success_count"),
    *("fail_count", "skip_count", "retry_count", "average_retry_count", "max_retry_count", "max_duration"),
    *("min_duration", "average_duration", "last_health_check", "last_successful_health_check"),
    *("last_skip_health_check", "last_failed_health_check"),
)
HEADINGS = ("Node", "Host", "Port", "Status", "Checks", "Failed", "Retries", "Average", "Last check", "Last failure")


@click.command("health-check-stats")
@node_option
@pcp_options
def command(pgpool: Pgpool, output: Output, node: str | None) -> None:
    """Show how pgpool's health checks of the nodes, or of one, went.

    \b
    $ pypcp health-check-stats -h bak
    Node  Host       Port  Status  Checks  Failed  Retries  Average  Last check           Last failure
    0     127.0.0.1  5432  up      1042    0       0        4.7 ms   2026-11-23 00:29:33  -
    1     127.0.0.1  5433  up      1042    3       2        4.4 ms   2026-11-23 00:29:33  2026-11-22 21:10:05

    From pgpool 4.2 on. Times are those of pgpool's own time zone.
    """
    stats = _stats(pgpool, node)
    documents = [_document(each) for each in stats]
    if node is not None and output.format == "json":
        output.document(documents[0], text=str)
    else:
        output.documents(documents, table=lambda: (HEADINGS, list(map(_row, stats))), pcp=lambda: _pcp(stats))


def _stats(pgpool: Pgpool, node: str | None) -> list[HealthCheckStats]:
    if node is not None:
        node_names.check(node)
    with pgpool.client() as pcp:
        ids = range(pcp.node_count()) if node is None else [node_names.node_id(pcp, node)]
        return [pcp.health_check_stats(each) for each in ids]


def _document(stats: HealthCheckStats) -> dict[str, Any]:
    values = {key: getattr(stats, key) for key in KEYS}
    return {key: as_time(value) if hasattr(value, "year") else value for key, value in values.items()}


def _row(stats: HealthCheckStats) -> tuple[object, ...]:
    average = stats.average_duration
    return (
        *(stats.node_id, stats.hostname, stats.port, stats.status, stats.total_count, stats.fail_count),
        *(stats.retry_count, None if average is None else f"{average:.1f} ms"),
        *(stats.last_health_check, stats.last_failed_health_check),
    )


def _pcp(stats: list[HealthCheckStats]) -> str:
    from pypcp_cli.dropin import health_check_stats

    return "".join(health_check_stats.text(each.fields, is_verbose=False) for each in stats)
