"""Findings about single nodes: what pgpool thinks of them, against what their PostgreSQL says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pypcp.records import Node, NodeRole, NodeStatus
from pypcp.status import of_servers, view
from pypcp.status.facts import Facts, Server, server_source
from pypcp.status.finding import Finding, Severity

AT_ONCE = 2.0  # seconds between the nodes' times that pgpool sets when it starts


def down(facts: Facts) -> Iterator[Finding]:
    """A node that pgpool has taken out of service; but for a primary that is told of as such."""
    for node in view.nodes(facts):
        if node.status is NodeStatus.DOWN and not facts.is_streaming:
            yield _down_in_another_mode(facts, node)
        elif node.status is NodeStatus.DOWN and not (view.is_primary(facts, node) and _is_told_of_the_pair(facts)):
            yield _down(facts, node)


def _is_told_of_the_pair(facts: Facts) -> bool:
    """Whether there is a finding about who is primary: that a primary is out of service is its cause, or its effect."""
    checks = (of_servers.two_primaries, of_servers.no_primary, of_servers.wrong_primary)
    return any(next(check(facts), None) for check in checks)


def _down_in_another_mode(facts: Facts, node: Node) -> Finding:
    """Where pgpool itself replicates, a node that was away has missed what was written."""
    has_missed = facts.mode in ("native_replication", "snapshot_isolation")
    mend = f"pypcp {'recover' if has_missed else 'attach'} -n {node.id}"
    return Finding("down", Severity.WARNING, f"{view.name(node)} is down in pgpool", mend, node.id)


def _down(facts: Facts, node: Node) -> Finding:
    server = facts.servers.get(node.id)
    rejoin = f"pypcp rejoin {node.id}"
    who = view.name(node)
    if server is None:
        return _down_unseen(facts, node)
    if not server.in_recovery:
        return _down_primary(facts, node)
    behind = _old_timeline(facts, node, server)
    if behind:
        text = f"{who} is down in pgpool, and its PostgreSQL is on the old timeline {server.timeline}, not {behind}"
        return Finding("down_on_old_timeline", Severity.WARNING, text, rejoin, node.id)
    if not view.streams(server):
        text = f"{who} is down in pgpool; its PostgreSQL runs as a standby, but streams from nobody"
        return Finding("down_not_streaming", Severity.WARNING, text, rejoin, node.id)
    attach = f"pypcp attach -n {node.id}"
    if _since_start(facts, node):
        text = (
            f"{who} was down already when pgpool started: that comes from its file pgpool_status, which is stale; "
            "PostgreSQL streams"
        )
        return Finding("stale_status", Severity.WARNING, text, attach, node.id)
    text = f"{who} is down in pgpool, but its PostgreSQL streams"
    return Finding("down_but_streaming", Severity.WARNING, text, attach, node.id)


def _down_unseen(facts: Facts, node: Node) -> Finding:
    """A node that is down, and of whose PostgreSQL nothing is known but perhaps what it told pgpool."""
    who, source = view.name(node), facts.source(server_source(node.id))
    if node.pg_status == "up" and node.pg_role == "standby":
        text = f"{who} is down in pgpool, but its PostgreSQL answers as a standby; whether it streams was not seen"
        return Finding("down_but_answers", Severity.WARNING, text, f"pypcp attach -n {node.id}", node.id)
    if node.pg_status == "up" and node.pg_role == "primary":
        return _down_primary(facts, node)
    said = f": {source.error}" if source and source.error and node.pg_status != "down" else ""
    text = f"{who} is down in pgpool, and its PostgreSQL was not reached{said}"
    return Finding("down", Severity.WARNING, text, f"pypcp rejoin {node.id}", node.id)


def _down_primary(facts: Facts, node: Node) -> Finding:
    text = f"{view.name(node)} is down in pgpool, but its PostgreSQL is the primary"
    return Finding("down_primary", Severity.CRITICAL, text, f"pypcp attach -n {node.id}", node.id)


def _old_timeline(facts: Facts, node: Node, server: Server) -> int | None:
    """The primary's timeline, if it is a later one than the server's."""
    primary = view.true_primary(facts)
    newer = facts.servers.get(primary.id) if primary and primary.id != node.id else None
    if newer and newer.timeline and server.timeline and newer.timeline > server.timeline:
        return newer.timeline
    return None


def _since_start(facts: Facts, node: Node) -> bool:
    """Whether the node's status is as old as that of all others: pgpool sets them when it starts."""
    times: list[datetime] = [each.last_status_change for each in view.nodes(facts) if each.last_status_change]
    if node.last_status_change is None or len(times) < max(2, len(view.nodes(facts))):
        return False
    return (max(times) - min(times)).total_seconds() <= AT_ONCE


def quarantined(facts: Facts) -> Iterator[Finding]:
    """A node that this pgpool alone finds dead."""
    for node in view.nodes(facts):
        if node.status is NodeStatus.QUARANTINE:
            text = (
                f"{view.name(node)} is quarantined: this pgpool cannot reach it, and the other watchdog members do not "
                "agree, or there is no quorum. It comes back by itself"
            )
            mend = f"See why pgpool on {facts.pgpool} cannot reach it: pypcp health-check-stats -n {node.id}"
            yield Finding("quarantined", Severity.WARNING, text, mend, node.id)


def unanswered(facts: Facts) -> Iterator[Finding]:
    """A node in service whose PostgreSQL does not answer."""
    for node in view.nodes(facts):
        if not node.status.is_attached or node.id in facts.servers:
            continue
        source = facts.source(server_source(node.id))
        who = view.name(node)
        if node.pg_status == "down":
            text = f"{who} is {node.status.value} in pgpool, but its PostgreSQL does not answer pgpool"
            mend = f"If pgpool does not notice by itself: pypcp detach -n {node.id}"
            yield Finding("up_but_dead", Severity.CRITICAL, text, mend, node.id)
        elif source and source.is_silent and node.pg_status != "up":
            text = f"the PostgreSQL of {who} takes the connection, or drops it, and says nothing"
            mend = f"See whether the server hangs: pypcp health-check-stats -n {node.id}"
            yield Finding("server_silent", Severity.WARNING, text, mend, node.id)
        elif source and source.error:
            yield Finding(
                "server_unseen", Severity.NOTE, f"PostgreSQL of {who} was not asked: {source.error}", node=node.id
            )


def lag(facts: Facts) -> Iterator[Finding]:
    """A standby further behind than pgpool tolerates for reads."""
    threshold = facts.settings.get("delay_threshold_by_time") or "0"
    by_bytes = facts.settings.get("delay_threshold") or "0"
    for node in view.nodes(facts):
        if not node.status.is_attached or view.role(facts, node) is NodeRole.PRIMARY or not node.replication_delay:
            continue
        if node.replication_delay_by_time and threshold.isdecimal():
            limit, unit, behind = int(threshold) * 1000, "s", node.replication_delay / 1_000_000
        elif by_bytes.isdecimal():
            limit, unit, behind = int(by_bytes), "bytes", node.replication_delay
        else:
            continue
        if 0 < limit < node.replication_delay:
            text = f"{view.name(node)} is {behind:,} {unit} behind, more than delay_threshold: it gets no reads"
            yield Finding(
                "lagging", Severity.WARNING, text, "Give it time, and see what it waits for: pypcp watch", node.id
            )
