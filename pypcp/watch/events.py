"""What happened between one look and the next: a pure function."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from pypcp.records import Node, NodeRole, NodeStatus, Watchdog
from pypcp.status import view
from pypcp.status.facts import Facts
from pypcp.status.findings import findings, problems


@dataclass(frozen=True)
class Event:
    """Something that was seen to have happened by ``moment``, in UTC. ``kind`` is a stable name for programs."""

    moment: datetime
    kind: str
    text: str
    node: int | None = None


@dataclass(frozen=True)
class Known:
    """What is known so far. What a look does not tell stays as it was: a restart of pgpool is no news of nodes."""

    is_reached: bool | None = None
    statuses: tuple[tuple[int, NodeStatus], ...] = ()
    primary: int | None = None
    has_primary: bool = True
    answering: tuple[tuple[int, bool], ...] = ()
    leader: str | None = None
    quorum: str | None = None
    members: tuple[tuple[str, str], ...] = ()
    delegate_host: str | None = None
    problems: tuple[tuple[str, int | None], ...] = ()


def step(known: Known, facts: Facts) -> tuple[Known, list[Event]]:
    """What is known after the look, and what it brought."""
    events: list[Event] = []

    def tell(kind: str, text: str, node: int | None = None) -> None:
        events.append(Event(facts.moment, kind, text, node))

    now = replace(known, is_reached=bool(facts.nodes or facts.settings))
    for kind, text in _reach(known, now, facts):
        tell(kind, text)
    nodes = view.nodes(facts)
    if nodes:
        now, told = _nodes(now, facts, nodes)
        for kind, text, node in told:
            tell(kind, text, node)
    if facts.watchdog:
        now, changes = _watchdog(now, facts, facts.watchdog)
        for kind, text in changes:
            tell(kind, text)
    if now.is_reached:
        now, said = _problems(now, facts)
        events += said
    return now, events


def _reach(known: Known, now: Known, facts: Facts) -> Iterator[tuple[str, str]]:
    if now.is_reached == known.is_reached:
        return
    if now.is_reached:
        yield ("pgpool_back" if known.is_reached is False else "pgpool"), f"pgpool on {facts.pgpool} answers"
    else:
        said = next((source.error for source in facts.sources if source.error), "no answer")
        yield "pgpool_lost", f"pgpool on {facts.pgpool} does not answer: {said}"


_STATUS_EVENTS = {
    NodeStatus.UP: "node_attached",
    NodeStatus.WAITING: "node_attached",
    NodeStatus.DOWN: "node_down",
    NodeStatus.QUARANTINE: "node_quarantined",
}


def _nodes(known: Known, facts: Facts, nodes: tuple[Node, ...]) -> tuple[Known, list[tuple[str, str, int | None]]]:
    told: list[tuple[str, str, int | None]] = []
    before = dict(known.statuses)
    for node in nodes:
        role = view.role(facts, node)
        if node.id not in before:
            words = f", {role.value}" if role and role is not NodeRole.UNKNOWN else ""
            told.append(("node", f"{view.name(node)} is {view.status_word(node)}{words}", node.id))
        elif before[node.id].is_attached != node.status.is_attached or (
            before[node.id] is not node.status and not node.status.is_attached
        ):
            kind = _STATUS_EVENTS.get(node.status, "node_status")
            verb = "attached" if node.status.is_attached else view.status_word(node)
            told.append((kind, f"{view.name(node)} is {verb}, it was {before[node.id].value}", node.id))
    known = replace(known, statuses=tuple((node.id, node.status) for node in nodes))
    known = _primary(known, facts, nodes, told)
    return _servers(known, facts, nodes, told), told


def _primary(known: Known, facts: Facts, nodes: tuple[Node, ...], told: list[tuple[str, str, int | None]]) -> Known:
    if not any(view.role(facts, node) not in (None, NodeRole.UNKNOWN) for node in nodes):
        return known
    primary = view.pool_primary(facts)
    if primary is None:
        if known.has_primary and known.primary is not None:
            told.append(("primary_lost", "pgpool knows no primary any more", None))
        return replace(known, has_primary=False)
    names = {node.id: view.name(node) for node in nodes}
    if known.primary not in (None, primary.id):
        was = names.get(known.primary or 0, f"node {known.primary}")
        told.append(("failover", f"failover: {names[primary.id]} is the primary now, it was {was}", primary.id))
    elif known.primary is not None and not known.has_primary:
        told.append(("primary_back", f"{names[primary.id]} is the primary again", primary.id))
    return replace(known, primary=primary.id, has_primary=True)


def _servers(known: Known, facts: Facts, nodes: tuple[Node, ...], told: list[tuple[str, str, int | None]]) -> Known:
    """What PostgreSQL itself answers: to us, or to pgpool from 4.3 on."""
    before = dict(known.answering)
    now = dict(before)
    for node in nodes:
        answers = True if node.id in facts.servers else {"up": True, "down": False}.get(node.pg_status or "")
        if answers is None:
            continue
        if before.get(node.id, answers) != answers:
            kind = "server_back" if answers else "server_lost"
            verb = "answers again" if answers else "does not answer"
            told.append((kind, f"PostgreSQL of {view.name(node)} {verb}", node.id))
        now[node.id] = answers
    return replace(known, answering=tuple(now.items()))


def _watchdog(known: Known, facts: Facts, watchdog: Watchdog) -> tuple[Known, list[tuple[str, str]]]:
    told = []
    leader, quorum = watchdog.leader_name or "", watchdog.quorum.name.lower().replace("_", " ")
    if known.leader is not None and known.leader != leader:
        leads, led = (view.member_name(watchdog, name) if name else "nobody" for name in (leader, known.leader))
        text = f"the watchdog's leader is {leads}" if leader else "the watchdog has no leader"
        told.append(("leader_changed", f"{text}, it was {led}"))
    if known.quorum is not None and known.quorum != quorum:
        told.append(("quorum_changed", f"the watchdog's quorum: {quorum}, it was: {known.quorum}"))
    before = dict(known.members)
    for member in watchdog.nodes:
        was = before.get(member.name)
        if was is not None and was != member.state_name:
            who = view.member_name(watchdog, member.name)
            told.append(("member_changed", f"watchdog member {who} is {member.state_name}, it was {was}"))
    members = tuple((member.name, member.state_name) for member in watchdog.nodes)
    host = view.holder(facts) or known.delegate_host
    if known.delegate_host not in (None, host):
        told.append(
            ("delegate_ip_moved", f"the delegate IP {facts.delegate_ip} is on {host}, it was on {known.delegate_host}")
        )
    return replace(known, leader=leader, quorum=quorum, members=members, delegate_host=host), told


def _problems(known: Known, facts: Facts) -> tuple[Known, list[Event]]:
    found = {(finding.kind, finding.node): finding for finding in problems(findings(facts))}
    events = [
        Event(facts.moment, "problem", finding.text, finding.node)
        for key, finding in found.items()
        if key not in known.problems
    ]
    events += [
        Event(
            facts.moment,
            "solved",
            f"solved: {kind.replace('_', ' ')}" + ("" if node is None else f", node {node}"),
            node,
        )
        for kind, node in known.problems
        if (kind, node) not in found
    ]
    return replace(known, problems=tuple(found)), events
