"""Questions about facts that several findings ask."""

from __future__ import annotations

from pypcp.records import Node, NodeRole, NodeStatus, Watchdog, WatchdogNode
from pypcp.status.facts import Facts, Server


def name(node: Node) -> str:
    """A node in a sentence: ``node 0 (ser:5432)``."""
    return f"node {node.id} ({node.hostname or 'local'}:{node.port})"


def status_word(node: Node) -> str:
    """pgpool's status in a sentence."""
    return "quarantined" if node.status is NodeStatus.QUARANTINE else node.status.value


def member(watchdog: Watchdog, name: str | None) -> WatchdogNode | None:
    """The member of the watchdog with this name."""
    return next((each for each in watchdog.nodes if each.name == name), None)


def member_name(watchdog: Watchdog, name: str) -> str:
    """A member in a sentence, ``ser:9999``: its own name says the host twice."""
    found = member(watchdog, name)
    return f"{found.hostname}:{found.pgpool_port}" if found else name


def holder(facts: Facts) -> str | None:
    """The host that was seen to have the delegate IP; None where that is unknown."""
    if not facts.watchdog or not facts.delegate_holder:
        return None
    found = member(facts.watchdog, facts.delegate_holder)
    return found.hostname if found else facts.delegate_holder


def nodes(facts: Facts) -> tuple[Node, ...]:
    """The nodes by whichever source told them, the best one first."""
    if facts.nodes_are_from_memory and facts.pool_nodes:
        return facts.pool_nodes
    return facts.nodes or facts.pool_nodes or ()


def role(facts: Facts, node: Node) -> NodeRole | None:
    """pgpool's opinion; up to 3.6 only SQL tells it."""
    if node.role in (None, NodeRole.UNKNOWN) and facts.pool_nodes:
        return next((other.role for other in facts.pool_nodes if other.id == node.id), node.role)
    return node.role


def pool_primary(facts: Facts) -> Node | None:
    """The node that pgpool sends writes to."""
    found = [node for node in nodes(facts) if role(facts, node) is NodeRole.PRIMARY and node.status.is_attached]
    return found[0] if found else None


def is_primary(facts: Facts, node: Node) -> bool | None:
    """Whether the PostgreSQL of a node is a primary, by its word to us or to pgpool; None if it said nothing."""
    server = facts.servers.get(node.id)
    if server:
        return not server.in_recovery
    return {"primary": True, "standby": False}.get(node.pg_role or "")


def primaries(facts: Facts) -> list[Node]:
    """The nodes whose PostgreSQL says that it is a primary."""
    return [node for node in nodes(facts) if is_primary(facts, node)]


def true_primary(facts: Facts) -> Node | None:
    """The node that standbys should follow: the one primary, or of several the one that pgpool writes to."""
    found = primaries(facts)
    chosen = pool_primary(facts)
    if len(found) == 1:
        return found[0]
    return chosen if chosen in found or not found else None


def sender(facts: Facts, server: Server) -> Node | None:
    """The node that a standby streams from, if it is one of pgpool's."""
    receiver = server.receiver
    if not receiver or not receiver.sender_host:
        return None
    for node in nodes(facts):
        hosts = {node.hostname, *facts.addresses.get(node.id, ())}
        if receiver.sender_host in hosts and receiver.sender_port in (None, node.port):
            return node
    return None


def streams(server: Server) -> bool:
    """Whether a standby receives, by its own word. Whom it may not tell it counts as a sender."""
    return server.receiver is not None and server.receiver.status in ("streaming", "unknown")
