"""Changing a node's membership: look, decide, ask pgpool, see the effect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pypcp import node_names
from pypcp.errors import OperationFailed, PypcpError, RefusedForSafety
from pypcp.membership import decide
from pypcp.membership.decide import Decision
from pypcp.membership.facts import Facts, name_of
from pypcp.membership.see import Pcp, Watch
from pypcp.records import Node, NodeRole, NodeStatus

TIMEOUT = 60.0
SETTLED = 1.0  # seconds for which a state has to hold until it is believed
LONGEST_SUSPICION = 30.0
_SEE = "See how it stands: pypcp node-info"


@dataclass(frozen=True)
class Outcome:
    """What was seen: all nodes at the end, the one that was meant, and whether anything was asked of pgpool.

    ``seen`` is False with ``wait=False``: then the nodes are as they were before, and the request is only queued.
    """

    nodes: tuple[Node, ...]
    node_id: int
    changed: bool
    seen: bool
    warnings: tuple[str, ...] = ()

    @property
    def node(self) -> Node:
        return Facts(self.nodes, self.node_id).node


@dataclass(frozen=True)
class Wish:
    """How a change is wanted: against the interlocks, without waiting, within so many seconds.

    ``warn`` is given each warning before anything is asked of pgpool; ``asked`` is called when it has been asked.
    """

    force: bool = False
    wait: bool = True
    timeout: float = TIMEOUT
    warn: Callable[[str], None] = lambda text: None
    asked: Callable[[str], None] = lambda text: None


def attach(pcp: Pcp, node: str | int, wish: Wish = Wish()) -> Outcome:
    """Take the node back into service, and see it ``waiting`` or ``up`` and still so after a moment.

    ``node`` is an id, a hostname or host:port. Raises RefusedForSafety for a second primary; OperationFailed when
    pgpool throws the node out again; DeadlinePassed with the last state seen; WrongUsage for no such node; and what
    the client raises.
    """
    facts = _look(pcp, node)
    tried = f"attach {name_of(facts.node)}"
    instead = f"To bring it back as a standby: pypcp rejoin {facts.node_id}. "
    decision = _settled(tried, decide.attach(facts), wish, instead)
    if decision.already:
        return Outcome(facts.nodes, facts.node_id, changed=False, seen=True)
    suspicion = min(_suspicion(pcp, facts.node), wish.timeout / 2) if wish.wait else 0.0
    watch = Watch(pcp, wish.timeout)
    _ask(tried, wish, lambda: pcp.attach(facts.node_id))
    if not wish.wait:
        return Outcome(facts.nodes, facts.node_id, changed=True, seen=False, warnings=decision.warnings)
    attached = _see_attached(pcp, facts.node_id, watch, tried, suspicion)
    return Outcome(_with(facts.nodes, attached), facts.node_id, True, True, decision.warnings)


def detach(pcp: Pcp, node: str | int, wish: Wish = Wish(), *, gracefully: bool = False) -> Outcome:
    """Take the node out of service, and see it down; ``gracefully``: when all sessions have ended.

    Raises RefusedForSafety for the primary and for the last node; OperationFailed when the watchdog only quarantines
    it; DeadlinePassed, which with ``gracefully`` means that the sessions did not end; and what the client raises.
    """
    facts = _look(pcp, node)
    tried = f"detach {name_of(facts.node)}"
    decision = _settled(tried, decide.detach(facts), wish)
    if decision.already:
        return Outcome(facts.nodes, facts.node_id, changed=False, seen=True)
    watch = Watch(pcp, wish.timeout)
    _ask(tried, wish, lambda: pcp.detach(facts.node_id, gracefully=gracefully))
    if not wish.wait:
        return Outcome(facts.nodes, facts.node_id, changed=True, seen=False, warnings=decision.warnings)
    why = "pgpool gives up a graceful detach without a word when sessions do not end. " if gracefully else ""
    _see_down(pcp, facts.node_id, watch, tried, why + _SEE)
    return Outcome(tuple(pcp.node_infos()), facts.node_id, True, True, decision.warnings)


def promote(
    pcp: Pcp,
    node: str | int,
    wish: Wish = Wish(),
    *,
    gracefully: bool = False,
    switchover: bool = False,
) -> Outcome:
    """Make the node pgpool's primary, and see it so; with ``switchover`` PostgreSQL itself, by the failover command.

    Raises RefusedForSafety for a node that is not attached, for a standby without ``switchover``, and for a
    switchover that this pgpool does not know; DeadlinePassed with the last state seen; and what the client raises.
    """
    facts = _look(pcp, node)
    tried = f"promote {name_of(facts.node)}"
    decision = _settled(tried, decide.promote(facts, switchover), wish)
    if decision.already:
        return Outcome(facts.nodes, facts.node_id, changed=False, seen=True)
    watch = Watch(pcp, wish.timeout)
    _ask(tried, wish, lambda: pcp.promote(facts.node_id, gracefully=gracefully, switchover=switchover))
    if not wish.wait:
        return Outcome(facts.nodes, facts.node_id, changed=True, seen=False, warnings=decision.warnings)
    nodes = _see_promoted(pcp, facts.node_id, watch, tried, switchover)
    return Outcome(nodes, facts.node_id, True, True, decision.warnings)


def recover(pcp: Pcp, node: str | int, wish: Wish = Wish()) -> Outcome:
    """Have pgpool rebuild the node with its recovery scripts, and see it attached afterwards.

    pgpool answers when all is done, as late as that may be; ``wish.timeout`` is for seeing it attached after that.
    Raises RefusedForSafety for a node that is in service, OperationFailed and DeadlinePassed as attach does, and what
    the client raises: ServerRefused when a script failed.
    """
    facts = _look(pcp, node)
    tried = f"recover {name_of(facts.node)}"
    decision = _settled(tried, decide.recover(facts), wish)
    _ask(tried, wish, lambda: pcp.recover(facts.node_id))
    if not wish.wait:
        return Outcome(facts.nodes, facts.node_id, changed=True, seen=False, warnings=decision.warnings)
    attached = _see_attached(pcp, facts.node_id, Watch(pcp, wish.timeout), tried, SETTLED)
    return Outcome(_with(facts.nodes, attached), facts.node_id, True, True, decision.warnings)


def _look(pcp: Pcp, name: str | int) -> Facts:
    node_names.check(str(name))
    nodes = tuple(pcp.node_infos())
    return Facts(nodes, node_names.find(str(name), nodes).id)


def _settled(tried: str, decision: Decision, wish: Wish, instead: str = "") -> Decision:
    """The decision, with the refusals turned into warnings for one who insists. Raises RefusedForSafety."""
    if decision.refusals and not wish.force:
        raise RefusedForSafety(tried, "; ".join(decision.refusals), f"Nothing was changed. {instead}To insist: --force")
    warnings = decision.warnings + decision.refusals
    for warning in warnings:
        wish.warn(warning)
    return Decision(decision.already, (), warnings)


def _ask(tried: str, wish: Wish, request: Callable[[], None]) -> None:
    wish.asked(f"pgpool was asked to {tried}")
    request()


def _with(nodes: tuple[Node, ...], changed: Node) -> tuple[Node, ...]:
    return tuple(changed if node.id == changed.id else node for node in nodes)


def _suspicion(pcp: Pcp, node: Node) -> float:
    """How long to look whether pgpool throws the node out again, in seconds.

    A moment where pgpool says that PostgreSQL is up; else until the health check has come round once more.
    """
    if node.pg_status == "up":
        return SETTLED
    periods = {setting.name: setting.value for setting in pcp.pool_status()}
    period = periods.get(f"health_check_period{node.id}", periods.get("health_check_period", "0"))
    return min(SETTLED + 2 + (float(period) if period.isdecimal() else 0), LONGEST_SUSPICION)


def _see_attached(pcp: Pcp, node_id: int, watch: Watch, tried: str, suspicion: float) -> Node:
    first = None
    for node in watch.looks(lambda: pcp.node_info(node_id)):
        watch.last = _words(node)
        if node.status.is_attached:
            first = first or watch.left
            if first - watch.left >= suspicion:
                return node
        elif first:
            raise OperationFailed(
                tried,
                f"pgpool attached it and threw it out again: {_words(node)}",
                "See that PostgreSQL runs there as a standby of the primary: pypcp health-check-stats, pypcp rejoin",
            )
    raise watch.late(tried, _SEE)


def _see_down(pcp: Pcp, node_id: int, watch: Watch, tried: str, do: str) -> None:
    for node in watch.looks(lambda: pcp.node_info(node_id)):
        watch.last = _words(node)
        if node.status is NodeStatus.DOWN:
            return
        if node.status is NodeStatus.QUARANTINE:
            raise OperationFailed(tried, "the watchdog has no quorum for it and only quarantined the node", _SEE)
    raise watch.late(tried, do)


def _see_promoted(pcp: Pcp, node_id: int, watch: Watch, tried: str, switchover: bool) -> tuple[Node, ...]:
    for nodes in watch.looks(lambda: tuple(pcp.node_infos())):
        node = Facts(nodes, node_id).node
        watch.last = "; ".join(f"node {each.id} is {_words(each)}" for each in nodes)
        if node.role is None:
            raise _untold(tried)
        if node.role is NodeRole.PRIMARY and (not switchover or node.pg_role == "primary"):
            return nodes
    do = "See what pgpool's failover_command did: PostgreSQL is promoted by it alone." if switchover else _SEE
    raise watch.late(tried, do)


def _untold(tried: str) -> PypcpError:
    return OperationFailed(
        tried,
        "pgpool was asked; 3.6 does not tell roles over PCP, so the effect cannot be seen",
        "See it over SQL: psql -c 'show pool_nodes'",
    )


def _words(node: Node) -> str:
    facts = (node.status.value, node.role and node.role.value, node.pg_role and f"PostgreSQL: {node.pg_role}")
    return ", ".join(filter(None, facts))
