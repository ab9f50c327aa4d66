"""The metrics: a pure function from a scrape to families of samples.

Where pgpool2_exporter, pgpool's own, has a metric, it has its name and meaning, so that dashboards go on; but role and
state are values, not labels, since a label that changes at a failover begins another series.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pypcp.exporter.scrape import Scrape
from pypcp.records import HealthCheckStats, Node, NodeRole, NodeStatus
from pypcp.status import view
from pypcp.status.facts import DELEGATE, SERVER_PREFIX, Facts, Server, Source
from pypcp.status.finding import Severity
from pypcp.status.findings import findings


@dataclass(frozen=True)
class Sample:
    """A value with its labels."""

    name: str
    labels: tuple[tuple[str, str], ...]
    value: float


_ROLES = {NodeRole.MAIN: 0, NodeRole.REPLICA: 1, NodeRole.PRIMARY: 2, NodeRole.STANDBY: 3}

HELP = {
    "pgpool2_up": "Whether pgpool answers over PCP (1 for yes, 0 for no)",
    "pgpool2_version": "The version of pgpool as a label; known over SQL only",
    "pgpool2_last_scrape_duration_seconds": "How long the last scrape took",
    "pgpool2_last_scrape_error": "Whether pgpool left a question unanswered in the last scrape (1 for yes)",
    "pgpool2_frontend_total": "Child processes, each of which serves one client",
    "pgpool2_frontend_used": "Child processes with a client, by its user and database",
    "pgpool2_frontend_used_ratio": "Child processes with a client, as a part of all (0 to 1)",
    "pgpool2_backend_total": "Slots for connections to nodes",
    "pgpool2_backend_used": "Slots that hold a connection",
    "pgpool2_backend_used_ratio": "Slots that hold a connection, as a part of all (0 to 1)",
    "pgpool2_pool_nodes_status": "Node in service (1 for up or waiting, 0 for down or unused)",
    "pgpool2_pool_nodes_replication_delay": "Replication delay in bytes",
    "pgpool2_pool_nodes_select_cnt": "SELECTs sent to the node; over SQL only",
    "pgpool2_pool_cache_cache_hit_ratio": "Hit ratio of the query cache",
    "pgpool2_pool_cache_num_hash_entries": "Hash entries of the query cache",
    "pgpool2_pool_cache_used_hash_entries": "Hash entries of the query cache that are used",
    "pgpool2_pool_cache_num_cache_entries": "Entries of the query cache that are used",
    "pgpool2_pool_cache_used_cache_entries_size": "Bytes of the query cache that are used",
    "pgpool2_pool_cache_free_cache_entries_size": "Bytes of the query cache that are free",
    "pypcp_node_status_code": "pgpool's code: 0 unused, 1 waiting, 2 up, 3 down",
    "pypcp_node_quarantined": "Taken out of service by this pgpool's watchdog alone (1 for yes)",
    "pypcp_node_role_code": "pgpool's opinion: 0 main, 1 replica, 2 primary, 3 standby",
    "pypcp_node_weight_ratio": "Part of the reads that the node gets (0 to 1)",
    "pypcp_node_pg_up": "Whether PostgreSQL answers pgpool (1 for yes); from pgpool 4.3 on",
    "pypcp_node_pg_primary": "Whether PostgreSQL told pgpool that it is a primary (1 for yes); from pgpool 4.3 on",
    "pypcp_node_replication_delay_bytes": "Replication delay in bytes, as pgpool measures it",
    "pypcp_node_replication_delay_seconds": "Replication delay in seconds, where pgpool measures it so (4.4 on)",
    "pypcp_node_last_status_change_timestamp_seconds": "When pgpool last changed the node's status",
    "pypcp_postgres_up": "Whether PostgreSQL was asked directly, and answered (1 for yes)",
    "pypcp_postgres_in_recovery": "Whether PostgreSQL is a standby by its own word (1 for yes)",
    "pypcp_postgres_streaming": "Whether a standby receives by its own word (1 for yes)",
    "pypcp_postgres_timeline": "Timeline of the PostgreSQL",
    "pypcp_postgres_replay_delay_bytes": "WAL that the primary has written and the standby not replayed",
    "pypcp_watchdog_quorum": "1 exists, 0 on the edge, -1 absent, -2 no leader",
    "pypcp_watchdog_is_leader": "Whether this pgpool is the watchdog's leader (1 for yes)",
    "pypcp_watchdog_escalated": "Whether this pgpool has escalated: it set the delegate IP, or tried to (1 for yes)",
    "pypcp_watchdog_delegate_ip": "Whether the member was seen to have the delegate IP (1 for yes)",
    "pypcp_watchdog_members": "Members of the watchdog cluster",
    "pypcp_watchdog_member_state": "State of a member: 4 leader, 7 standby, 8 lost, 10 shutdown",
    "pypcp_problems": "Problems that pypcp status would show, by severity",
    "pypcp_source_up": "Whether a source answered (1 for yes)",
    "pypcp_source_duration_seconds": "How long a source took",
}
_BACKEND_STATS = ("select", "insert", "update", "delete", "ddl", "other", "panic", "fatal", "error")
HELP |= {
    f"pgpool2_pool_backend_stats_{name}_cnt": f"{name} count of the node, since pgpool's start"
    for name in _BACKEND_STATS
}
_HEALTH = (
    *("total_count", "success_count", "fail_count", "skip_count", "retry_count", "average_retry_count"),
    *("max_retry_count", "max_duration", "min_duration", "average_duration"),
)
HELP |= {f"pgpool2_pool_health_check_stats_{name}": f"Health check: {name}, durations in ms" for name in _HEALTH}


def samples(scraped: Scrape) -> Iterator[Sample]:
    """All samples of a cluster. What was not told has none: a missing value is not a zero."""
    facts = scraped.facts
    yield from _of_scrape(scraped)
    for node in view.nodes(facts):
        yield from _of_node(facts, node)
    for node in facts.pool_nodes or ():
        yield from _some("pgpool2_pool_nodes_select_cnt", _labels(node), node.select_cnt)
    for told in scraped.health:
        yield from _of_health(told)
    yield from _of_processes(scraped)
    yield from _of_sql(scraped)
    yield from _of_watchdog(facts)
    counts = Counter(finding.severity for finding in findings(facts))
    for severity in (Severity.CRITICAL, Severity.WARNING):
        yield Sample("pypcp_problems", (("severity", severity.value),), counts[severity])


def _of_scrape(scraped: Scrape) -> Iterator[Sample]:
    facts = scraped.facts
    yield Sample("pgpool2_up", (), bool(facts.nodes or facts.settings))
    if facts.version:
        yield Sample("pgpool2_version", (("version", facts.version.partition(" ")[0]),), 1)
    yield Sample("pgpool2_last_scrape_duration_seconds", (), scraped.seconds)
    yield Sample("pgpool2_last_scrape_error", (), any(map(_is_error, scraped.sources)))
    for source in scraped.sources:
        label = (("source", source.name),)
        yield Sample("pypcp_source_up", label, source.error is None)
        yield Sample("pypcp_source_duration_seconds", label, source.seconds)


def _is_error(source: Source) -> bool:
    """Whether pgpool failed to answer; a PostgreSQL that does not has its own metric, and so has the delegate IP."""
    return source.error is not None and not source.name.startswith((SERVER_PREFIX, DELEGATE))


def _of_node(facts: Facts, node: Node) -> Iterator[Sample]:
    labels = _labels(node)
    role = view.role(facts, node)
    yield Sample("pgpool2_pool_nodes_status", labels, node.status.is_attached)
    yield Sample("pypcp_node_status_code", labels, node.status_code)
    yield Sample("pypcp_node_quarantined", labels, node.status is NodeStatus.QUARANTINE)
    yield from _some("pypcp_node_role_code", labels, _ROLES.get(role) if role else None)
    yield from _some("pypcp_node_weight_ratio", labels, node.weight)
    yield from _some("pypcp_node_pg_up", labels, {"up": 1, "down": 0}.get(node.pg_status or ""))
    yield from _some("pypcp_node_pg_primary", labels, {"primary": 1, "standby": 0}.get(node.pg_role or ""))
    yield from _delay(node, role, labels)
    changed = node.last_status_change
    yield from _some(
        "pypcp_node_last_status_change_timestamp_seconds", labels, changed.timestamp() if changed else None
    )
    server = facts.servers.get(node.id)
    if facts.servers or any(source.name.startswith(SERVER_PREFIX) for source in facts.sources):
        yield Sample("pypcp_postgres_up", labels, server is not None)
    if server:
        yield from _of_server(facts, server, labels)


def _delay(node: Node, role: NodeRole | None, labels: tuple[tuple[str, str], ...]) -> Iterator[Sample]:
    """A primary has no delay: PCP tells a left-over value for it, SHOW pool_nodes 0."""
    if node.replication_delay is None:
        return
    delay = 0 if role is NodeRole.PRIMARY else node.replication_delay
    if node.replication_delay_by_time:
        yield Sample("pypcp_node_replication_delay_seconds", labels, delay / 1_000_000)
    else:
        yield Sample("pypcp_node_replication_delay_bytes", labels, delay)
        yield Sample("pgpool2_pool_nodes_replication_delay", labels, delay)


def _of_server(facts: Facts, server: Server, labels: tuple[tuple[str, str], ...]) -> Iterator[Sample]:
    yield Sample("pypcp_postgres_in_recovery", labels, server.in_recovery)
    yield from _some("pypcp_postgres_timeline", labels, server.timeline)
    if not server.in_recovery:
        return
    yield Sample("pypcp_postgres_streaming", labels, view.streams(server))
    primary = view.true_primary(facts)
    leader = facts.servers.get(primary.id) if primary else None
    if leader and leader.lsn is not None and server.replayed is not None:
        yield Sample("pypcp_postgres_replay_delay_bytes", labels, max(0, leader.lsn - server.replayed))


def _of_health(told: HealthCheckStats) -> Iterator[Sample]:
    labels = (("hostname", told.hostname), ("port", str(told.port)), ("node_id", str(told.node_id)))
    for name in _HEALTH:
        yield from _some(f"pgpool2_pool_health_check_stats_{name}", labels, getattr(told, name))


def _of_processes(scraped: Scrape) -> Iterator[Sample]:
    if scraped.processes is None:
        return
    children = {row.pid for row in scraped.processes}
    clients = {row.pid: (row.username or "", row.database or "") for row in scraped.processes if row.is_connected}
    used = sum(row.database is not None for row in scraped.processes)
    yield Sample("pgpool2_frontend_total", (), len(children))
    for (username, database), count in sorted(Counter(clients.values()).items()):
        yield Sample("pgpool2_frontend_used", (("username", username), ("database", database)), count)
    yield Sample("pgpool2_frontend_used_ratio", (), len(clients) / len(children) if children else 0)
    yield Sample("pgpool2_backend_total", (), len(scraped.processes))
    yield Sample("pgpool2_backend_used", (), used)
    yield Sample("pgpool2_backend_used_ratio", (), used / len(scraped.processes) if scraped.processes else 0)


def _of_sql(scraped: Scrape) -> Iterator[Sample]:
    for row in scraped.backend_stats:
        labels = tuple((name, row.get(name, "")) for name in ("hostname", "port", "node_id"))
        for name in _BACKEND_STATS:
            yield from _some(f"pgpool2_pool_backend_stats_{name}_cnt", labels, _number(row.get(f"{name}_cnt")))
    for name, text in scraped.cache.items():
        if f"pgpool2_pool_cache_{name}" in HELP:
            yield from _some(f"pgpool2_pool_cache_{name}", (), _number(text))


def _of_watchdog(facts: Facts) -> Iterator[Sample]:
    watchdog = facts.watchdog
    if watchdog is None:
        return
    yield Sample("pypcp_watchdog_quorum", (), watchdog.quorum_status)
    local = watchdog.nodes[0] if watchdog.nodes else None
    yield Sample("pypcp_watchdog_is_leader", (), local is not None and local.name == watchdog.leader_name)
    yield Sample("pypcp_watchdog_escalated", (), watchdog.is_escalated)
    yield Sample("pypcp_watchdog_members", (), len(watchdog.nodes))
    for member in watchdog.nodes:
        labels = (("member", member.name), ("hostname", member.hostname))
        yield Sample("pypcp_watchdog_member_state", labels, member.state)
        if facts.delegate_holder:
            yield Sample("pypcp_watchdog_delegate_ip", labels, member.name == facts.delegate_holder)


def _labels(node: Node) -> tuple[tuple[str, str], ...]:
    return (("hostname", node.hostname), ("port", str(node.port)), ("node_id", str(node.id)))


def _some(name: str, labels: tuple[tuple[str, str], ...], value: float | None) -> Iterator[Sample]:
    """A sample, if there is a value."""
    if value is not None and math.isfinite(value):
        yield Sample(name, labels, value)


def _number(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None


def by_name(found: Iterable[Sample]) -> Mapping[str, list[Sample]]:
    """The samples of each metric, in the order of ``HELP``: a family must come in one piece."""
    families: dict[str, list[Sample]] = {name: [] for name in HELP}
    for sample in found:
        families[sample.name].append(sample)
    return {name: samples for name, samples in families.items() if samples}
