"""Findings about the pair: who is primary, who follows whom."""

from __future__ import annotations

from collections.abc import Iterator

from pypcp.postgres.instance import Sender
from pypcp.records import Node, NodeRole
from pypcp.status import view
from pypcp.status.facts import Facts, Server
from pypcp.status.finding import Finding, Severity


def no_primary(facts: Facts) -> Iterator[Finding]:
    """pgpool has nobody to send writes to."""
    known = [node for node in view.nodes(facts) if view.role(facts, node) not in (None, NodeRole.UNKNOWN)]
    found = view.primaries(facts)
    if not facts.is_streaming or not known or view.pool_primary(facts) or len(found) > 1:
        return
    text, mend = "pgpool knows no primary: nobody can write", "Start the last primary, or: pypcp promote -n NODE"
    if found and not found[0].status.is_attached:
        text += f"; {view.name(found[0])} is one, but out of service"
        mend = f"pypcp attach -n {found[0].id}"
    yield Finding("no_primary", Severity.CRITICAL, text, mend, found[0].id if found else None)


def two_primaries(facts: Facts) -> Iterator[Finding]:
    """More than one PostgreSQL takes writes."""
    found = view.primaries(facts)
    if not facts.is_streaming or len(found) < 2:
        return
    chosen = view.pool_primary(facts)
    wrong = [node for node in found if chosen is None or node.id != chosen.id]
    names = " and ".join(view.name(node) for node in found)
    text = f"{len(found)} primaries: {names}; each takes writes that the others never see"
    text += f". pgpool writes to {f'node {chosen.id}' if chosen else 'none of them'}"
    text += "".join(f"; node {node.id} is out of service" for node in found if not node.status.is_attached)
    if chosen is None or len(wrong) == len(found):
        mend = "Find out which one has the right data, stop the other, then: pypcp rejoin NODE"
    else:
        mend = _without_second(facts, chosen, wrong[0])
    yield Finding("two_primaries", Severity.CRITICAL, text, mend, wrong[0].id if len(wrong) == 1 else None)


def _without_second(facts: Facts, chosen: Node, wrong: Node) -> str:
    """What makes one primary of two. One that was promoted later may be the right one, and is not rewound unasked."""
    here, there = facts.servers.get(chosen.id), facts.servers.get(wrong.id)
    fenced = f"pypcp rejoin {wrong.id} --fence"
    if not (here and there and (there.timeline or 0) > (here.timeline or 0)):
        return fenced
    return f"If node {chosen.id} has the right data: {fenced} --method basebackup --discard-diverged"


def wrong_primary(facts: Facts) -> Iterator[Finding]:
    """pgpool writes to a node whose PostgreSQL takes no writes."""
    chosen = view.pool_primary(facts)
    if not facts.is_streaming or chosen is None or view.is_primary(facts, chosen) is not False:
        return
    found = [node for node in view.primaries(facts) if node.id != chosen.id]
    if len(found) > 1:
        return  # which of them is right comes first, and is told already
    text = f"pgpool takes {view.name(chosen)} for the primary, but its PostgreSQL is in recovery and takes no writes"
    if found:
        text += f"; {view.name(found[0])} is the primary"
        mend = (
            f"pypcp attach -n {found[0].id}" if not found[0].status.is_attached else f"pypcp promote -n {found[0].id}"
        )
    else:
        mend = f"Promote its PostgreSQL: pypcp promote -n {chosen.id} --switchover, or pg_ctl promote there."
    yield Finding("wrong_primary", Severity.CRITICAL, text, mend, chosen.id)


def other_cluster(facts: Facts) -> Iterator[Finding]:
    """Nodes that were never copies of one another."""
    ids = {server.system_identifier for server in facts.servers.values() if server.system_identifier}
    if len(ids) > 1:
        names = ", ".join(view.name(node) for node in view.nodes(facts) if node.id in facts.servers)
        text = f"not all nodes are the same database cluster ({names}): their system identifiers differ"
        yield Finding(
            "other_cluster", Severity.CRITICAL, text, "Make the wrong one anew: pypcp rejoin NODE --method basebackup"
        )


def standbys(facts: Facts) -> Iterator[Finding]:
    """Standbys in service that follow nobody, or the wrong one, or are on an old timeline."""
    primary = view.true_primary(facts)
    for node in view.nodes(facts):
        server = facts.servers.get(node.id)
        if not facts.is_streaming or server is None or not server.in_recovery or not node.status.is_attached:
            continue
        if primary is None or node.id != primary.id:
            yield from _standby(facts, node, server, primary)


def _standby(facts: Facts, node: Node, server: Server, primary: Node | None) -> Iterator[Finding]:
    rejoin, who = f"pypcp rejoin {node.id}", view.name(node)
    source = view.sender(facts, server)
    leader = facts.servers.get(primary.id) if primary else None
    if not view.streams(server):
        if leader is None and (primary is None or primary.pg_status == "down"):
            return  # there is nobody to stream from, which is a finding of its own
        text = f"{who} is {node.status.value}, but its PostgreSQL streams from nobody: what is read there is old"
        yield Finding("not_streaming", Severity.WARNING, text, rejoin, node.id)
    elif source and primary and source.id != primary.id and view.is_primary(facts, source):
        text = f"{who} streams from {view.name(source)}, and not from the primary, {view.name(primary)}"
        yield Finding("wrong_source", Severity.CRITICAL, text, rejoin, node.id)
    elif source is None and primary and leader and not _is_fed(facts, node, leader):
        text = f"{who} streams from another server than {view.name(primary)}, the primary"
        yield Finding("wrong_source", Severity.CRITICAL, text, rejoin, node.id)
    elif leader and leader.timeline and server.timeline and leader.timeline > server.timeline:
        text = f"{who} is on timeline {server.timeline}, the primary on {leader.timeline}"
        yield Finding("old_timeline", Severity.WARNING, text, rejoin, node.id)


def _is_fed(facts: Facts, node: Node, leader: Server) -> bool:
    """Whether the primary may be feeding the node, as far as it says whom it feeds."""
    if any(sender.client_address is None for sender in leader.senders):
        return True  # over a Unix socket, or not shown to this user
    others = [other for other in view.nodes(facts) if other.id != node.id]
    # A sender that is no other node is this one, under an address that pgpool does not know it by.
    return any(not any(_is(facts, other, sender) for other in others) for sender in leader.senders)


def _is(facts: Facts, node: Node, sender: Sender) -> bool:
    name = facts.settings.get(f"backend_application_name{node.id}")
    is_named = bool(name) and sender.application_name == name
    return is_named or sender.client_address in facts.addresses.get(node.id, ())
