"""The decision: from facts to "do it", "nothing to do" or a refusal. Pure; all the safety is here.

An interlock is a function from facts to the reason against, or "". Whoever insists gets its reason as a warning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pypcp.membership.facts import Facts, has_streaming_roles, is_asked, is_primary, name_of
from pypcp.records import NodeRole, NodeStatus

Interlock = Callable[[Facts], str]


@dataclass(frozen=True)
class Decision:
    """``already``: why there is nothing to do; ``refusals``: reasons against; ``warnings``: what could not be known."""

    already: str = ""
    refusals: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def second_primary(facts: Facts) -> str:
    """pgpool would send it writes, or reads of another history: attach looks at nothing by itself."""
    primaries = [other for other in facts.others if is_primary(other)]
    if not is_asked(facts.node) or not is_primary(facts.node) or not primaries:
        return ""
    others = " and ".join(map(name_of, primaries))
    return f"PostgreSQL on {name_of(facts.node)} says that it is a primary, and so is {others}"


def the_primary(facts: Facts) -> str:
    """pgpool would fail over."""
    if facts.node.role is NodeRole.PRIMARY or is_primary(facts.node):
        return f"{name_of(facts.node)} is the primary: without it pgpool fails over"
    return ""


def last_node(facts: Facts) -> str:
    """Nobody would be left to serve clients."""
    if any(other.status.is_attached for other in facts.others):
        return ""
    return f"{name_of(facts.node)} is the last node that is attached: without it pgpool serves nobody"


def not_attached(facts: Facts) -> str:
    """pgpool would answer success and do nothing."""
    if facts.node.status.is_attached:
        return ""
    return f"{name_of(facts.node)} is {facts.node.status.value}, and pgpool promotes only nodes that are attached"


def still_a_standby(facts: Facts) -> str:
    """Writes would go to a server that refuses them, and every other node would be marked down."""
    if facts.node.pg_role != "standby":
        return ""
    return (
        f"PostgreSQL on {name_of(facts.node)} says that it is a standby, and without --switchover nothing but "
        "pgpool's opinion would change"
    )


def no_switchover(facts: Facts) -> str:
    """Up to 4.2 pgpool takes the request for a plain promote, without saying so."""
    if facts.node.pg_status is not None:
        return ""
    return "this pgpool is older than 4.3 and knows no switchover: it would only change its opinion"


def in_service(facts: Facts) -> str:
    """Its data would be replaced under the clients that read it; pgpool refuses it, too."""
    if not facts.node.status.is_attached:
        return ""
    return f"{name_of(facts.node)} is in service ({facts.node.status.value}): detach it first"


ATTACH: tuple[Interlock, ...] = (second_primary,)
DETACH: tuple[Interlock, ...] = (the_primary, last_node)
PROMOTE: tuple[Interlock, ...] = (not_attached, still_a_standby)
SWITCHOVER: tuple[Interlock, ...] = (not_attached, no_switchover)
RECOVER: tuple[Interlock, ...] = (in_service,)


def attach(facts: Facts, interlocks: tuple[Interlock, ...] = ATTACH) -> Decision:
    """Whether to attach the node."""
    if facts.node.status.is_attached:
        return Decision(already=f"{name_of(facts.node)} is attached already: {facts.node.status.value}")
    return Decision("", _reasons(facts, interlocks), _unknown_for_attach(facts))


def detach(facts: Facts, interlocks: tuple[Interlock, ...] = DETACH) -> Decision:
    """Whether to detach the node."""
    if facts.node.status is NodeStatus.DOWN:
        return Decision(already=f"{name_of(facts.node)} is down already")
    warnings = () if facts.node.role else ("pgpool 3.6 does not tell over PCP which node is the primary: not checked",)
    return Decision("", _reasons(facts, interlocks), warnings)


def promote(facts: Facts, switchover: bool, interlocks: tuple[Interlock, ...] | None = None) -> Decision:
    """Whether to promote the node."""
    if facts.node.role is NodeRole.PRIMARY and is_primary(facts.node) and facts.node.status.is_attached:
        return Decision(already=f"{name_of(facts.node)} is the primary already")
    if interlocks is None:
        interlocks = SWITCHOVER if switchover else PROMOTE
    warnings = () if switchover or is_asked(facts.node) else (_unasked(facts),)
    return Decision("", _reasons(facts, interlocks), warnings)


def recover(facts: Facts, interlocks: tuple[Interlock, ...] = RECOVER) -> Decision:
    """Whether to have the node rebuilt."""
    return Decision("", _reasons(facts, interlocks))


def _reasons(facts: Facts, interlocks: tuple[Interlock, ...]) -> tuple[str, ...]:
    return tuple(filter(None, (interlock(facts) for interlock in interlocks)))


def _unknown_for_attach(facts: Facts) -> tuple[str, ...]:
    node = facts.node
    if node.pg_status == "down":  # before the replication state, which stays as it was last seen
        return (f"PostgreSQL on {name_of(node)} does not answer pgpool: it may be thrown out again",)
    if node.replication_state == "streaming" or is_asked(node):
        return ()
    if node.pg_status is not None and not has_streaming_roles(node):
        return ()  # in the modes without primary and standby there is nothing to ask
    return (_unasked(facts),)


def _unasked(facts: Facts) -> str:
    node = facts.node
    why = "does not tell" if node.pg_status is None else "does not know"
    version = " (older than 4.3)" if node.pg_status is None else ""
    return f"pgpool{version} {why} whether PostgreSQL on {name_of(node)} is a primary or a standby: not checked"
