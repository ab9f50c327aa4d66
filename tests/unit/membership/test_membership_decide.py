"""Whatever the state, nothing that does harm is decided for; and each interlock is needed for that."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypcp.membership import decide
from pypcp.membership.decide import Interlock
from pypcp.membership.facts import Facts
from pypcp.records import Node, NodeRole, NodeStatus
from tests.unit.membership.membership_pool import node


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    """Any pair or trio, of any version's knowledge."""
    tells_pg = draw(st.booleans())
    tells_role = tells_pg or draw(st.booleans())
    count = draw(st.integers(1, 3))
    nodes = tuple(draw(_node(each, tells_role, tells_pg)) for each in range(count))
    return Facts(nodes, draw(st.integers(0, count - 1)))


@st.composite
def _node(draw: st.DrawFn, node_id: int, tells_role: bool, tells_pg: bool) -> Node:
    status = draw(st.sampled_from([each.value for each in NodeStatus]))
    role = draw(st.sampled_from([each.value for each in NodeRole])) if tells_role else None
    pg_role = draw(st.sampled_from(["primary", "standby", "unknown"])) if tells_pg else None
    pg_status = draw(st.sampled_from(["up", "down", "unknown"])) if tells_pg else None
    return node(node_id, status, role, pg_role, pg_status)


def _harm_of_attaching(state: Facts) -> bool:
    """PostgreSQL is a primary there, and somewhere else: by its own word, or by pgpool's where it has none."""
    says_primary = [each for each in state.others if each.pg_role == "primary"]
    thought = [each for each in state.others if each.pg_role != "standby" and each.role is NodeRole.PRIMARY]
    return state.node.pg_role == "primary" and bool(says_primary or thought)


def _harm_of_detaching(state: Facts) -> bool:
    is_primary = state.node.role is NodeRole.PRIMARY or state.node.pg_role == "primary"
    left = [each for each in state.others if each.status in (NodeStatus.UP, NodeStatus.WAITING)]
    return is_primary or not left


def _harm_of_promoting(state: Facts, switchover: bool) -> bool:
    if state.node.status not in (NodeStatus.UP, NodeStatus.WAITING):
        return True
    return state.node.pg_status is None if switchover else state.node.pg_role == "standby"


def _goes(decision: decide.Decision) -> bool:
    return not decision.already and not decision.refusals


@given(facts())
def test_no_second_primary_is_attached(state: Facts) -> None:
    assert not (_goes(decide.attach(state)) and _harm_of_attaching(state))


@given(facts())
def test_neither_the_primary_nor_the_last_node_is_detached(state: Facts) -> None:
    assert not (_goes(decide.detach(state)) and _harm_of_detaching(state))


@given(facts(), st.booleans())
def test_no_promotion_without_its_effect(state: Facts, switchover: bool) -> None:
    assert not (_goes(decide.promote(state, switchover)) and _harm_of_promoting(state, switchover))


@given(facts())
def test_what_does_no_harm_is_not_refused(state: Facts) -> None:
    assert _goes(decide.attach(state)) or state.node.status.is_attached or _harm_of_attaching(state)
    assert _goes(decide.detach(state)) or state.node.status is NodeStatus.DOWN or _harm_of_detaching(state)


@given(facts())
def test_what_is_so_already_is_no_refusal(state: Facts) -> None:
    up = replace(state, nodes=tuple(replace(each, status=NodeStatus.UP) for each in state.nodes))
    down = replace(state, nodes=tuple(replace(each, status=NodeStatus.DOWN) for each in state.nodes))
    assert decide.attach(up).already and not decide.attach(up).refusals
    assert decide.detach(down).already and not decide.detach(down).refusals


PAIR = (node(0, "up", "primary", "primary"), node(1, "up", "standby", "standby"))
SPLIT = (node(0, "down", "standby", "primary"), node(1, "up", "primary", "primary"))
OLD = (node(0, "up", "primary", None, None), node(1, "up", "standby", None, None))
# For each interlock a state in which it alone stands between an operator and the harm.
ALONE: dict[Interlock, tuple[tuple[Interlock, ...], Facts]] = {
    decide.second_primary: (decide.ATTACH, Facts(SPLIT, 0)),
    decide.the_primary: (decide.DETACH, Facts(PAIR, 0)),
    decide.last_node: (decide.DETACH, Facts((PAIR[1],), 1)),
    decide.not_attached: (decide.SWITCHOVER, Facts((PAIR[0], node(1, "down", "standby", "standby")), 1)),
    decide.still_a_standby: (decide.PROMOTE, Facts(PAIR, 1)),
    decide.no_switchover: (decide.SWITCHOVER, Facts(OLD, 1)),
    decide.in_service: (decide.RECOVER, Facts(PAIR, 1)),
}


def test_every_interlock_has_its_state() -> None:
    assert set(ALONE) == {*decide.ATTACH, *decide.DETACH, *decide.PROMOTE, *decide.SWITCHOVER, *decide.RECOVER}


@pytest.mark.parametrize("interlock", ALONE)
def test_without_the_interlock_the_harm_would_be_done(interlock: Interlock) -> None:
    interlocks, state = ALONE[interlock]
    without = tuple(each for each in interlocks if each is not interlock)
    assert _decide(interlocks, state, interlocks).refusals
    assert _goes(_decide(interlocks, state, without))


def _decide(kind: tuple[Interlock, ...], state: Facts, interlocks: tuple[Interlock, ...]) -> decide.Decision:
    if kind is decide.ATTACH:
        return decide.attach(state, interlocks)
    if kind is decide.DETACH:
        return decide.detach(state, interlocks)
    if kind is decide.RECOVER:
        return decide.recover(state, interlocks)
    return decide.promote(state, kind is decide.SWITCHOVER, interlocks)


def test_what_an_old_pgpool_does_not_tell_is_said() -> None:
    down = (OLD[0], replace(OLD[1], status=NodeStatus.DOWN))
    assert "older than 4.3" in decide.attach(Facts(down, 1)).warnings[0]
    streaming = (OLD[0], replace(down[1], replication_state="streaming"))
    assert decide.attach(Facts(streaming, 1)).warnings == ()


def test_a_dead_server_is_said_though_it_was_seen_streaming() -> None:
    dead = replace(node(1, "down", "standby", "unknown", "down"), replication_state="streaming")
    assert "does not answer pgpool" in decide.attach(Facts((PAIR[0], dead), 1)).warnings[0]
