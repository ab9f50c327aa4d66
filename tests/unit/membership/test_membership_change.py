"""Done is what was seen, whatever pgpool answered."""

from __future__ import annotations

import pytest

from pypcp import membership
from pypcp.errors import DeadlinePassed, OperationFailed, RefusedForSafety, WrongUsage
from pypcp.membership.change import Wish
from pypcp.records import Node, NodeRole, NodeStatus
from tests.unit.membership.membership_pool import Pool, node, renewing

PRIMARY, DOWN = node(0, "up", "primary", "primary"), node(1, "down", "standby", "standby")
SPLIT = node(1, "down", "standby", "primary")
STANDBY = node(1, "up", "standby", "standby")
SHORT = Wish(timeout=0.5)


def _comes_up(pool: Pool, look: int) -> None:
    renewing(pool, look)
    if look > 2:
        pool.change(1, status=NodeStatus.WAITING)


def test_attached_is_what_pgpool_tells() -> None:
    pool = Pool(PRIMARY, DOWN, then=_comes_up)
    outcome = membership.attach(pool, "host1", Wish(timeout=10))
    assert pool.requests == ["attach 1"]
    assert (outcome.changed, outcome.seen, outcome.node.status) == (True, True, NodeStatus.WAITING)


def test_attached_already_sends_nothing() -> None:
    pool = Pool(PRIMARY, STANDBY)
    assert not membership.attach(pool, 1, SHORT).changed
    assert pool.requests == []


def test_not_attached_in_time_tells_the_last_state() -> None:
    pool = Pool(PRIMARY, DOWN)
    with pytest.raises(DeadlinePassed, match="last seen: down, standby, PostgreSQL: standby"):
        membership.attach(pool, 1, SHORT)
    assert pool.requests == ["attach 1"]
    assert pool.timeout == 5.0


def test_thrown_out_again_is_a_failure() -> None:
    def then(pool: Pool, look: int) -> None:
        pool.change(1, status=NodeStatus.UP if look < 3 else NodeStatus.DOWN)

    pool = Pool(PRIMARY, node(1, "down", "standby", "unknown", "down"), then=then)
    with pytest.raises(OperationFailed, match="threw it out again"):
        membership.attach(pool, 1, Wish(timeout=10))


def test_a_second_primary_is_refused_unless_insisted_on() -> None:
    pool = Pool(PRIMARY, SPLIT, then=_comes_up)
    with pytest.raises(RefusedForSafety, match="says that it is a primary, and so is node 0"):
        membership.attach(pool, 1, SHORT)
    assert pool.requests == []
    said: list[str] = []
    outcome = membership.attach(pool, 1, Wish(force=True, timeout=10, warn=said.append))
    assert outcome.node.status is NodeStatus.WAITING and len(said) == 1 == len(outcome.warnings)


@pytest.mark.parametrize("name", ["9", "abc", "-1", "1.5", "", "128", "host1:1"])
def test_no_such_node_is_wrong_usage_and_sends_nothing(name: str) -> None:
    pool = Pool(PRIMARY, DOWN)
    with pytest.raises(WrongUsage):
        membership.attach(pool, name, SHORT)
    assert pool.requests == []


def test_no_wait_returns_at_once() -> None:
    outcome = membership.attach(Pool(PRIMARY, DOWN), 1, Wish(wait=False))
    assert (outcome.changed, outcome.seen) == (True, False)


def test_detached_is_down() -> None:
    pool = Pool(PRIMARY, STANDBY, then=lambda pool, look: pool.change(1, status=NodeStatus.DOWN))
    assert membership.detach(pool, 1, SHORT, gracefully=True).node.status is NodeStatus.DOWN
    assert pool.requests == ["detach 1 gracefully"]


def test_a_graceful_detach_that_pgpool_gave_up_is_told() -> None:
    with pytest.raises(DeadlinePassed, match="gives up a graceful detach without a word"):
        membership.detach(Pool(PRIMARY, STANDBY), 1, SHORT, gracefully=True)


def test_quarantined_is_not_detached() -> None:
    pool = Pool(PRIMARY, STANDBY, then=lambda pool, look: pool.change(1, status=NodeStatus.QUARANTINE))
    with pytest.raises(OperationFailed, match="quarantined"):
        membership.detach(pool, 1, SHORT)


@pytest.mark.parametrize(("nodes", "name"), [((PRIMARY, STANDBY), 0), ((STANDBY,), 1), ((PRIMARY,), 0)])
def test_the_primary_and_the_last_node_stay(nodes: tuple[Node, ...], name: int) -> None:
    pool = Pool(*nodes)
    with pytest.raises(RefusedForSafety):
        membership.detach(pool, name, SHORT)
    assert pool.requests == []


def test_a_switchover_is_done_when_postgresql_says_so() -> None:
    def then(pool: Pool, look: int) -> None:
        pool.change(0, status=NodeStatus.DOWN, role=NodeRole.STANDBY)
        pool.change(1, role=NodeRole.PRIMARY, pg_role="primary" if look > 2 else "standby")

    outcome = membership.promote(Pool(PRIMARY, STANDBY, then=then), 1, Wish(timeout=10), switchover=True)
    assert (outcome.node.role, outcome.node.pg_role) == (NodeRole.PRIMARY, "primary")


def test_a_switchover_that_promoted_nothing_fails() -> None:
    def then(pool: Pool, look: int) -> None:
        pool.change(1, role=NodeRole.PRIMARY)

    with pytest.raises(DeadlinePassed, match="node 1 is up, primary, PostgreSQL: standby"):
        membership.promote(Pool(PRIMARY, STANDBY, then=then), 1, SHORT, switchover=True)


def test_a_recovered_node_is_seen_attached() -> None:
    pool = Pool(PRIMARY, DOWN, then=_comes_up)
    assert membership.recover(pool, 1, Wish(timeout=10)).node.status is NodeStatus.WAITING
    assert pool.requests == ["recover 1"]


def test_a_node_in_service_is_not_recovered() -> None:
    pool = Pool(PRIMARY, STANDBY)
    with pytest.raises(RefusedForSafety, match="in service"):
        membership.recover(pool, 1, SHORT)
    assert pool.requests == []
