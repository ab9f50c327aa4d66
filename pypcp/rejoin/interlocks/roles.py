"""Who is the primary: the interlocks that keep live data from being overwritten."""

from __future__ import annotations

from pypcp.postgres.instance import Server
from pypcp.postgres.lsn import show
from pypcp.rejoin.facts import Facts, NodeFacts
from pypcp.rejoin.nodes import View
from pypcp.rejoin.refusals import Refusal

NODES = "Look at the nodes: pypcp node-info"


def target_is_not_the_primary(facts: Facts) -> Refusal | None:
    """pgpool's primary is what clients write to; to rejoin it would take the live data away."""
    target = facts.target
    if target.pool.role != "primary" or not target.pool.in_service:
        return None
    others = " and ".join(node.pool.label for node in facts.others if node.is_primary)
    return Refusal(
        "target-is-primary",
        f"{target.pool.label} is the primary that pgpool sends writes to"
        + (f"; {others} takes writes, too" if others and target.is_primary else ""),
        f"Did you mean another? {NODES}",
    )


def some_other_node_is_primary(facts: Facts) -> Refusal | None:
    """Without a primary there is nothing to follow."""
    if any(node.is_primary for node in facts.others):
        return None
    target = facts.target
    if target.is_primary and target_is_not_the_primary(facts):
        return None  # that says it already
    if unseen := [node for node in facts.others if not _was_seen(node)]:
        names = ", ".join(node.pool.label + ("" if node.pool.in_service else f" ({node.trouble})") for node in unseen)
        return Refusal(
            "no-primary",
            f"no other node was seen to take writes, but {names} could not be looked at",
            "It may be the primary: make it possible to look there, before anything is promoted.",
        )
    if target.is_primary:
        return Refusal(
            "target-is-only-primary",
            f"{target.pool.label} is the only node whose server takes writes",
            f"There is nothing to rejoin it to. {NODES}",
        )
    standbys = [node for node in facts.others if node.instance and node.instance.server]
    if standbys:
        names = ", ".join(node.pool.label for node in standbys)
        return Refusal(
            "source-in-recovery",
            f"no node takes writes: {names} runs, but as a standby (pg_is_in_recovery() is true)",
            "Wait for its promotion to end, or promote the right one, then run this again.",
        )
    told = ", ".join(node.pool.label for node in facts.others)
    return Refusal(
        "no-primary",
        f"no other node has a running server: {told}",
        "Start or promote the node with the newest data first; it may well be this one.",
    )


def _was_seen(node: NodeFacts) -> bool:
    """Whether it is known if the node takes writes."""
    return bool(node.instance and (node.instance.server or not node.instance.pid))


def only_one_other_is_primary(facts: Facts) -> Refusal | None:
    """Which of two primaries survives is not ours to guess."""
    primaries = [node for node in facts.others if node.is_primary]
    if len(primaries) < 2:
        return None
    listed = "; ".join(
        f"{node.pool.label}: timeline {node.instance.server.timeline}, WAL to {show(node.instance.server.lsn)}"
        for node in primaries
        if node.instance and node.instance.server
    )
    return Refusal("two-primaries", f"more than one node takes writes: {listed}", "Stop the one that must not survive.")


def fed_by(server: Server) -> str:
    """The standbys, backups and receivers of WAL that a server feeds, to be read."""
    return ", ".join(
        f"{sender.application_name or 'nameless'} ({sender.client_address or 'local'}, {sender.state})"
        for sender in server.senders
    )


def target_is_not_a_second_primary(facts: Facts) -> Refusal | None:
    """Clients may be writing to it: stopped only when the operator says so."""
    if not facts.target.is_primary or not any(node.is_primary for node in facts.others):
        return None
    if facts.request.fence or target_is_not_the_primary(facts):
        return None  # that one is not for --fence to stop
    assert facts.target.instance and facts.target.instance.server
    server, source = facts.target.instance.server, facts.source
    other = ""
    if source and source.instance and source.instance.server:
        other = f" (timeline {source.instance.server.timeline}, WAL to {show(source.instance.server.lsn)})"
    feeds = f". It feeds {fed_by(server)}" if server.senders else ""
    return Refusal(
        "target-running-as-primary",
        f"two servers take writes: {facts.target.pool.label} (timeline {server.timeline}, WAL to {show(server.lsn)}) "
        f"and {source.pool.label if source else 'others'}{other}{feeds}",
        f"Stop the one that must not survive. To let this command stop {facts.target.pool.label}: --fence",
    )


def pgpool_agrees_about_the_primary(facts: Facts) -> Refusal | None:
    """A target that follows a node which pgpool does not write to would be attached as a wrong standby."""
    source = facts.source
    if not source or (source.pool.in_service and source.pool.role == "primary") or target_is_not_the_primary(facts):
        return None
    return Refusal(
        "pgpool-disagrees",
        f"{source.pool.label} takes writes, but pgpool has it {source.pool.status} as {source.pool.role}",
        f"pgpool must have the primary in service first: pypcp attach -n {source.pool.id}",
    )


def all_pgpools_agree_about_the_primary(facts: Facts) -> Refusal | None:
    """Where one of the watchdog sends writes to another node, its clients would go on writing to the target's past."""
    source = facts.source
    if not source:
        return None
    other = [view for view in facts.views if _primaries(view) != [source.pool.id]]
    if not other:
        return None
    told = "; ".join(f"{view.pgpool} has {_shown(view)}" for view in other)
    return Refusal(
        "pgpools-disagree",
        f"{source.pool.label} takes writes, but not all pgpools have it as their primary: {told}",
        "If they do not agree in a moment, restart the one that is wrong: pypcp status -h HOST",
    )


def _primaries(view: View) -> list[int]:
    return [node.id for node in view.nodes if node.role == "primary" and node.in_service]


def _shown(view: View) -> str:
    return ", ".join(f"node {node.id} {node.status} as {node.role}" for node in view.nodes)
