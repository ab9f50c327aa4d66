"""What happened between looks."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pypcp.records import NodeRole, NodeStatus, Quorum
from pypcp.status.facts import NODES, Facts, Source
from pypcp.watch.events import Known, step
from tests.unit.status.worlds import HEALTHY, NOON, PRIMARY, STANDBY, node, watchdog, with_nodes

LOST = Facts("ha", NOON, (Source(NODES, 5.0, "connection refused"),))
ONE_DOWN = with_nodes(node(0, NodeRole.PRIMARY), node(1, NodeRole.STANDBY, NodeStatus.DOWN))
FAILED_OVER = with_nodes(
    node(0, NodeRole.STANDBY, NodeStatus.DOWN, pg_status="down", pg_role="unknown"),
    node(1, NodeRole.PRIMARY),
    servers={1: replace(PRIMARY, senders=())},
)
NO_PRIMARY = with_nodes(node(0, NodeRole.STANDBY), node(1, NodeRole.STANDBY), servers={0: STANDBY, 1: STANDBY})


def kinds(*looks: Facts) -> list[list[str]]:
    """The kinds of the events that each look brings."""
    known, told = Known(), []
    for facts in looks:
        known, events = step(known, facts)
        told.append([event.kind for event in events])
    return told


def test_the_first_look_says_how_things_are() -> None:
    assert kinds(HEALTHY) == [["pgpool", "node", "node"]]


def test_nothing_new_is_no_event() -> None:
    waiting = with_nodes(node(0, NodeRole.PRIMARY, NodeStatus.WAITING), node(1, NodeRole.STANDBY))
    assert kinds(HEALTHY, HEALTHY, waiting)[1:] == [[], []]


def test_down_and_attached() -> None:
    assert kinds(HEALTHY, ONE_DOWN, HEALTHY)[1:] == [["node_down", "problem"], ["node_attached", "solved"]]


def test_the_delegate_ip_moves_and_is_not_seen_for_a_while() -> None:
    here, there = (replace(HEALTHY, delegate_ip="10.0.0.9", delegate_holder=f"ha{n}:9999 Linux ha{n}") for n in (0, 1))
    moved = ["delegate_ip_moved"]
    assert [[each for each in told if each in moved] for told in kinds(here, HEALTHY, here, there)] == [
        [],
        [],
        [],
        moved,
    ]


def test_a_failover() -> None:
    assert kinds(HEALTHY, FAILED_OVER)[1] == ["node_down", "failover", "server_lost", "problem"]


def test_a_failover_with_a_moment_without_primary() -> None:
    told = kinds(HEALTHY, NO_PRIMARY, FAILED_OVER)
    assert "primary_lost" in told[1]
    assert "failover" in told[2]
    assert "primary_back" in kinds(HEALTHY, NO_PRIMARY, HEALTHY)[2]


def test_a_restart_of_pgpool_is_no_news_of_the_nodes() -> None:
    assert kinds(HEALTHY, LOST, LOST, HEALTHY)[1:] == [["pgpool_lost"], [], ["pgpool_back"]]


def test_a_failover_behind_a_silence_is_told() -> None:
    assert "failover" in kinds(HEALTHY, LOST, FAILED_OVER)[2]


def test_nodes_from_memory_say_nothing_of_roles() -> None:
    memory = with_nodes(
        node(0, NodeRole.UNKNOWN, pg_role=None), node(1, NodeRole.UNKNOWN, pg_role=None), nodes_are_from_memory=True
    )
    assert kinds(HEALTHY, memory, HEALTHY)[1:] == [[], []]


def test_the_watchdog() -> None:
    other = replace(HEALTHY, watchdog=watchdog(Quorum.EXISTS, "ha1:9999 Linux ha1", "STANDBY", "LEADER"))
    assert kinds(HEALTHY, other)[1] == ["leader_changed", "member_changed", "member_changed"]
    lost = replace(HEALTHY, watchdog=watchdog(Quorum.ABSENT, None, "STANDBY", "LOST"))
    assert kinds(HEALTHY, lost)[1][:2] == ["leader_changed", "quorum_changed"]


@given(st.lists(st.sampled_from([HEALTHY, LOST, ONE_DOWN, FAILED_OVER, NO_PRIMARY]), max_size=12))
def test_a_look_taken_twice_brings_nothing_the_second_time(looks: list[Facts]) -> None:
    known = Known()
    for facts in looks:
        known, _ = step(known, facts)
        again, events = step(known, facts)
        assert again == known
        assert events == []
