"""Findings about pgpool itself: whether it answers, its checks, its watchdog."""

from __future__ import annotations

from collections.abc import Iterator

from pypcp.records import Quorum, Watchdog
from pypcp.status import view
from pypcp.status.facts import NODES, POOL, SQL, WATCHDOG, Facts
from pypcp.status.finding import Finding, Severity

PCP = (NODES, POOL, WATCHDOG)


def unreachable(facts: Facts) -> Iterator[Finding]:
    """pgpool does not answer over PCP at all."""
    asked = [source for source in facts.sources if source.name in PCP]
    if asked and all(source.error for source in asked):
        said = next((source.error for source in asked if source.error), "")
        if any(source.is_login for source in asked):
            text, mend = (
                f"no login to pgpool on {facts.pgpool}: {said}",
                "See user and password in ~/.pcppass, and pcp.conf there.",
            )
            yield Finding("login_failed", Severity.CRITICAL, text, mend)
            return
        mend = "See whether pgpool runs on that host, and what its log says."
        yield Finding(
            "pgpool_unreachable", Severity.CRITICAL, f"pgpool on {facts.pgpool} does not answer over PCP: {said}", mend
        )


def silent(facts: Facts) -> Iterator[Finding]:
    """Some of pgpool's answers did not come: it waits for a PostgreSQL that hangs, or its pool is full."""
    if next(unreachable(facts), None):
        return
    nodes, sql = facts.source(NODES), facts.source(SQL)
    if nodes and nodes.is_silent:
        text = f"pgpool on {facts.pgpool} does not tell its nodes in time: it waits for a PostgreSQL that hangs"
        yield Finding("node_info_silent", Severity.WARNING, text, "pypcp node-info --timeout 60")
    elif nodes and nodes.error:
        yield Finding("node_info_failed", Severity.WARNING, f"pgpool does not tell its nodes: {nodes.error}")
    if sql and sql.is_silent:
        text = f"pgpool on {facts.pgpool} accepts no SQL in time: all its sessions may be taken, or a PostgreSQL hangs"
        yield Finding("sql_silent", Severity.WARNING, text, "pypcp proc-info --all")
    elif sql and sql.error:
        yield Finding("sql_unseen", Severity.NOTE, f"pgpool was not asked over SQL: {sql.error}")


def health_check(facts: Facts) -> Iterator[Finding]:
    """With the health check off nobody notices a PostgreSQL that stops, until a client runs into it."""
    mend = "Set health_check_period in pgpool.conf, then: pypcp reload-config"
    common = facts.settings.get("health_check_period")
    nodes = view.nodes(facts)
    off = [node for node in nodes if facts.settings.get(f"health_check_period{node.id}", common) == "0"]
    if off and len(off) == len(nodes):
        text = "the health check is off: pgpool does not notice when a PostgreSQL fails"
        yield Finding("health_check_off", Severity.WARNING, text, mend)
        return
    for node in off:
        text = f"the health check of {view.name(node)} is off: pgpool does not notice when its PostgreSQL fails"
        yield Finding("health_check_off", Severity.WARNING, text, mend, node.id)


def disagreement(facts: Facts) -> Iterator[Finding]:
    """PCP and SHOW pool_nodes tell different things of a node."""
    by_sql = {node.id: node for node in facts.pool_nodes or ()}
    for node in facts.nodes or ():
        other = by_sql.get(node.id)
        if other and other.status.is_attached != node.status.is_attached:
            text = f"over PCP {view.name(node)} is {node.status.value}, over SQL {other.status.value}: it is changing"
            yield Finding("pcp_and_sql_differ", Severity.NOTE, text, "pypcp watch", node.id)


def quorum(facts: Facts) -> Iterator[Finding]:
    """The watchdog without a quorum or a leader: nobody holds the virtual IP, and no failover is decided."""
    watchdog = facts.watchdog
    if watchdog is None:
        source = facts.source(WATCHDOG)
        if source and source.error and facts.settings.get("use_watchdog") in ("1", "on"):
            yield Finding("watchdog_unseen", Severity.WARNING, f"the watchdog does not answer: {source.error}")
        return
    if watchdog.quorum is Quorum.ABSENT:
        text = f"the watchdog has lost its quorum: {_alive(watchdog)}. No virtual IP, and no failover"
        yield Finding("quorum_lost", Severity.CRITICAL, text, _start(watchdog))
    elif watchdog.leader_name is None or watchdog.quorum is Quorum.NO_LEADER:
        text = f"the watchdog has no leader: {_alive(watchdog)}. No virtual IP, and no failover"
        yield Finding("no_leader", Severity.CRITICAL, text, _start(watchdog))


def members(facts: Facts) -> Iterator[Finding]:
    """Watchdog members that are gone, where that does not cost the quorum, which is told already."""
    told = _LOST_STATES if next(quorum(facts), None) else ()
    for member in facts.watchdog.nodes if facts.watchdog else ():
        if member.state_name not in (*GOOD_STATES, *told):
            who = view.member_name(facts.watchdog, member.name) if facts.watchdog else member.name
            text = f"watchdog member {who} is {member.state_name}: its pgpool is not there"
            mend = f"Start pgpool on {member.hostname}, and see its log."
            yield Finding("watchdog_member_lost", Severity.WARNING, text, mend)


def delegate_elsewhere(facts: Facts) -> Iterator[Finding]:
    """The delegate IP on another host than the leader's, which has to have it."""
    watchdog, holder = facts.watchdog, facts.delegate_holder
    if watchdog and holder and watchdog.leader_name and holder != watchdog.leader_name:
        leader = view.member_name(watchdog, watchdog.leader_name)
        text = f"the delegate IP {facts.delegate_ip} is on {view.holder(facts)}, but the watchdog's leader is {leader}"
        mend = f"If it stays so, take it off {view.holder(facts)} (ip address delete), and see why if_down_cmd did not."
        yield Finding("delegate_ip_elsewhere", Severity.WARNING, text, mend)


GOOD_STATES = ("LEADER", "MASTER", "STANDBY", "JOINING", "INITIALIZING", "LOADING", "Not_Set")
_LOST_STATES = ("DEAD", "LOST", "SHUTDOWN", "NETWORK ISOLATION", "IN NETWORK TROUBLE")


def _alive(watchdog: Watchdog) -> str:
    alive = [member.name for member in watchdog.nodes if member.state_name not in _LOST_STATES]
    return f"{len(alive)} of {len(watchdog.nodes)} members are there"


def _start(watchdog: Watchdog) -> str:
    lost = [member.hostname for member in watchdog.nodes if member.state_name in _LOST_STATES]
    return f"Start pgpool on {' and '.join(lost)}." if lost else "pypcp watchdog-info"
