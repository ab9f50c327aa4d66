"""One test for each thing that can be wrong, and what holds for whatever was looked up."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypcp.postgres.instance import Receiver, Sender
from pypcp.records import Node, NodeRole, NodeStatus, Quorum
from pypcp.status import view
from pypcp.status.facts import NODES, POOL, SQL, WATCHDOG, Facts, Server, Source, server_source
from pypcp.status.finding import Severity
from pypcp.status.findings import findings, problems

from .worlds import (
    HEALTHY,
    NOON,
    PRIMARY,
    STANDBY,
    found,
    later,
    node,
    watchdog,
    with_error,
    with_nodes,
)

DOWN = node(1, NodeRole.STANDBY, NodeStatus.DOWN, last_status_change=later(60))
UP = node(0, NodeRole.PRIMARY)


def test_nothing_is_wrong_with_a_healthy_pair() -> None:
    assert findings(HEALTHY) == []


def test_waiting_is_healthy() -> None:
    assert findings(with_nodes(UP, node(1, NodeRole.STANDBY, NodeStatus.WAITING))) == []


def test_a_pgpool_that_does_not_answer() -> None:
    dead = tuple(Source(name, 5.0, "connection refused") for name in (NODES, POOL, WATCHDOG))
    assert list(found(Facts("ha", NOON, dead))) == ["pgpool_unreachable"]


def test_a_login_that_failed_is_not_a_dead_pgpool() -> None:
    refused = tuple(Source(name, 0.1, "no password", is_login=True) for name in (NODES, POOL, WATCHDOG))
    assert list(found(Facts("ha", NOON, refused))) == ["login_failed"]


def test_down_but_streaming() -> None:
    assert found(with_nodes(UP, DOWN)) == {"down_but_streaming": "pypcp attach -n 1"}


def test_a_status_as_old_as_pgpool_is_stale() -> None:
    assert found(with_nodes(UP, replace(DOWN, last_status_change=later(1)))) == {"stale_status": "pypcp attach -n 1"}


def test_down_on_an_old_timeline() -> None:
    old = replace(STANDBY, timeline=1, receiver=None)
    assert found(with_nodes(UP, DOWN, servers={0: PRIMARY, 1: old})) == {"down_on_old_timeline": "pypcp rejoin 1"}


def test_down_and_streaming_from_nobody() -> None:
    lost = replace(STANDBY, receiver=None)
    assert found(with_nodes(UP, DOWN, servers={0: PRIMARY, 1: lost})) == {"down_not_streaming": "pypcp rejoin 1"}


def test_down_and_dead() -> None:
    facts = with_nodes(UP, replace(DOWN, pg_status="down", pg_role="unknown"), servers={0: PRIMARY})
    assert found(facts) == {"down": "pypcp rejoin 1"}


def test_down_but_pgpool_says_that_it_answers() -> None:
    assert found(with_nodes(UP, DOWN, servers={0: PRIMARY})) == {"down_but_answers": "pypcp attach -n 1"}


def test_the_former_primary_runs_on() -> None:
    former = replace(PRIMARY, timeline=1, senders=())
    facts = with_nodes(UP, DOWN, servers={0: PRIMARY, 1: former})
    assert found(facts) == {"two_primaries": "pypcp rejoin 1 --fence"}


def test_two_primaries_in_service() -> None:
    facts = replace(HEALTHY, servers={0: PRIMARY, 1: replace(PRIMARY, senders=())})
    assert found(facts)["two_primaries"] == "pypcp rejoin 1 --fence"


def test_a_second_primary_that_was_promoted_later_is_not_stopped_unasked() -> None:
    later = replace(PRIMARY, senders=(), timeline=(PRIMARY.timeline or 0) + 1)
    mend = found(replace(HEALTHY, servers={0: PRIMARY, 1: later}))["two_primaries"]
    assert mend.startswith("If node 0 has the right data: pypcp rejoin 1 --fence --method basebackup")


def test_two_primaries_of_which_pgpool_knows_neither() -> None:
    facts = with_nodes(
        node(0, NodeRole.STANDBY), node(1, NodeRole.STANDBY), servers={0: PRIMARY, 1: replace(PRIMARY, senders=())}
    )
    assert "NODE" in found(facts)["two_primaries"]


def test_no_primary() -> None:
    facts = with_nodes(
        node(0, NodeRole.STANDBY, NodeStatus.DOWN, pg_status="down", pg_role="unknown"),
        node(1, NodeRole.STANDBY),
        servers={1: STANDBY},
    )
    assert found(facts)["no_primary"]


def test_the_primary_itself_is_detached() -> None:
    facts = with_nodes(
        node(0, NodeRole.STANDBY, NodeStatus.DOWN, last_status_change=later(60)), node(1, NodeRole.STANDBY)
    )
    assert found(facts) == {"no_primary": "pypcp attach -n 0"}


def test_the_primary_is_detached_and_pgpool_writes_to_the_standby() -> None:
    facts = with_nodes(
        node(0, NodeRole.STANDBY, NodeStatus.DOWN, last_status_change=later(60)), node(1, NodeRole.PRIMARY)
    )
    assert found(facts) == {"wrong_primary": "pypcp attach -n 0"}


def test_two_primaries_both_detached() -> None:
    both = (node(number, NodeRole.STANDBY, NodeStatus.DOWN) for number in (0, 1))
    assert list(found(with_nodes(*both, servers={0: PRIMARY, 1: PRIMARY}))) == ["two_primaries"]


def test_the_wrong_node_is_taken_for_the_primary() -> None:
    facts = with_nodes(node(0, NodeRole.STANDBY), node(1, NodeRole.PRIMARY))
    assert found(facts) == {"wrong_primary": "pypcp promote -n 0"}


def test_nodes_of_different_clusters() -> None:
    facts = replace(HEALTHY, servers={0: PRIMARY, 1: replace(STANDBY, system_identifier=8)})
    assert list(found(facts)) == ["other_cluster"]


def test_a_standby_that_streams_from_nobody() -> None:
    facts = replace(HEALTHY, servers={0: PRIMARY, 1: replace(STANDBY, receiver=None)})
    assert found(facts) == {"not_streaming": "pypcp rejoin 1"}


def test_a_standby_of_another_server() -> None:
    stray = replace(STANDBY, receiver=Receiver("streaming", 2, "10.9.9.9", 5432))
    alone = replace(PRIMARY, senders=())
    assert found(replace(HEALTHY, servers={0: alone, 1: stray})) == {"wrong_source": "pypcp rejoin 1"}


def test_a_primary_may_be_followed_by_another_of_its_names() -> None:
    alias = replace(STANDBY, receiver=Receiver("streaming", 2, "vip.example", 5432))
    assert found(replace(HEALTHY, servers={0: PRIMARY, 1: alias})) == {}


def test_a_standby_of_a_second_primary() -> None:
    third = node(2, NodeRole.STANDBY)
    follower = replace(STANDBY, receiver=Receiver("streaming", 2, "bak", 5432))
    facts = with_nodes(
        UP, node(1, NodeRole.STANDBY), third, servers={0: PRIMARY, 1: replace(PRIMARY, senders=()), 2: follower}
    )
    assert found(facts)["wrong_source"] == "pypcp rejoin 2"


def test_a_standby_may_have_an_address_that_pgpool_does_not_know() -> None:
    inside = replace(STANDBY, receiver=Receiver("streaming", 2, "192.168.99.1", 5432))
    leader = replace(PRIMARY, senders=(Sender("walreceiver", "192.168.99.2", "streaming", 1000),))
    assert found(replace(HEALTHY, servers={0: leader, 1: inside})) == {}


def test_down_where_pgpool_replicates() -> None:
    settings = {**HEALTHY.settings, "backend_clustering_mode": "2"}
    facts = with_nodes(
        node(0, NodeRole.MAIN),
        node(1, NodeRole.REPLICA, NodeStatus.DOWN),
        settings=settings,
        servers={0: PRIMARY, 1: PRIMARY},
    )
    assert found(facts) == {"down": "pypcp recover -n 1"}


NOTES = ("server_unseen", "sql_unseen", "pcp_and_sql_differ")


def test_every_kind_is_documented() -> None:
    root = Path(__file__).parents[3]
    kinds = {
        kind
        for file in (root / "pypcp" / "status").glob("of_*.py")
        for kind in re.findall(r'Finding\(\s*"([a-z_]+)"', file.read_text())
    }
    page = (root / "docs" / "status.md").read_text()
    assert len(kinds) > 25
    assert not [kind for kind in kinds if f"`{kind}`" not in page and kind not in NOTES]


def test_a_cascade_is_fine() -> None:
    follower = replace(STANDBY, receiver=Receiver("streaming", 2, "10.0.0.2", 5432))
    facts = with_nodes(
        UP, node(1, NodeRole.STANDBY), node(2, NodeRole.STANDBY), servers={0: PRIMARY, 1: STANDBY, 2: follower}
    )
    assert found(facts) == {}


def test_a_standby_on_an_old_timeline() -> None:
    facts = replace(HEALTHY, servers={0: replace(PRIMARY, timeline=3), 1: STANDBY})
    assert found(facts) == {"old_timeline": "pypcp rejoin 1"}


def test_quarantined() -> None:
    facts = with_nodes(UP, node(1, NodeRole.STANDBY, NodeStatus.QUARANTINE))
    assert list(found(facts)) == ["quarantined"]


def test_in_service_and_dead() -> None:
    dead = node(1, NodeRole.STANDBY, pg_status="down", pg_role="unknown")
    assert list(found(with_nodes(UP, dead, servers={0: PRIMARY}))) == ["up_but_dead"]


def test_a_server_that_hangs() -> None:
    facts = with_nodes(UP, node(1, NodeRole.STANDBY, pg_status="unknown", pg_role="unknown"), servers={0: PRIMARY})
    hanging = replace(facts, sources=with_error(server_source(1), is_silent=True))
    assert list(found(hanging)) == ["server_silent"]


def test_a_server_that_cannot_be_asked_from_here_is_no_problem() -> None:
    facts = replace(HEALTHY, servers={0: PRIMARY}, sources=with_error(server_source(1), "no pg_hba.conf entry"))
    assert list(found(facts)) == ["server_unseen"]
    assert problems(findings(facts)) == []


def test_lag_in_bytes_and_in_time() -> None:
    behind = node(1, NodeRole.STANDBY, replication_delay=10001)
    assert list(found(with_nodes(UP, behind))) == ["lagging"]
    assert found(with_nodes(UP, replace(behind, replication_delay=10000))) == {}
    slow = replace(behind, replication_delay=2_000_000, replication_delay_by_time=True)
    by_time = {**HEALTHY.settings, "delay_threshold_by_time": "1000"}
    assert list(found(with_nodes(UP, slow, settings=by_time))) == ["lagging"]


def test_the_delay_of_a_primary_means_nothing() -> None:
    assert found(with_nodes(replace(UP, replication_delay=99999), node(1, NodeRole.STANDBY))) == {}


def test_health_check_off() -> None:
    assert list(found(replace(HEALTHY, settings={**HEALTHY.settings, "health_check_period": "0"}))) == [
        "health_check_off"
    ]
    one = {**HEALTHY.settings, "health_check_period0": "5", "health_check_period1": "0"}
    assert [finding.node for finding in findings(replace(HEALTHY, settings=one))] == [1]


def test_quorum_lost() -> None:
    facts = replace(HEALTHY, watchdog=watchdog(Quorum.ABSENT, "ha0:9999 Linux ha0", "LEADER", "LOST"))
    assert found(facts) == {"quorum_lost": "Start pgpool on ha1."}


def test_no_leader() -> None:
    facts = replace(HEALTHY, watchdog=watchdog(Quorum.NO_LEADER, None, "STANDBY", "DEAD"))
    assert list(found(facts)) == ["no_leader"]


def test_a_watchdog_that_does_not_answer() -> None:
    settings = {**HEALTHY.settings, "use_watchdog": "1"}
    facts = replace(HEALTHY, watchdog=None, settings=settings, sources=with_error(WATCHDOG))
    assert list(found(facts)) == ["watchdog_unseen"]


def test_silence_and_refusals_of_pgpool() -> None:
    memory: dict[str, Any] = {"nodes_are_from_memory": True}
    assert list(found(replace(HEALTHY, sources=with_error(NODES, is_silent=True), **memory))) == ["node_info_silent"]
    assert list(found(replace(HEALTHY, sources=with_error(NODES), **memory))) == ["node_info_failed"]
    assert list(found(replace(HEALTHY, sources=with_error(SQL, is_silent=True)))) == ["sql_silent"]
    assert list(found(replace(HEALTHY, sources=with_error(SQL)))) == ["sql_unseen"]


def test_pcp_and_sql_that_disagree() -> None:
    facts = replace(HEALTHY, pool_nodes=(UP, replace(DOWN, last_status_change=NOON)))
    assert list(found(facts)) == ["pcp_and_sql_differ"]


def test_the_worst_comes_first() -> None:
    facts = with_nodes(
        UP, DOWN, servers={0: PRIMARY, 1: replace(PRIMARY, senders=())}, settings={"health_check_period": "0"}
    )
    order = [finding.severity for finding in findings(facts)]
    assert order == sorted(order, key=list(Severity).index)
    assert order[0] is Severity.CRITICAL


# Whatever was looked up

ROLES = st.sampled_from([*NodeRole, None])
WORDS = st.sampled_from(["up", "down", "unknown", None])
RECEIVERS = st.none() | st.builds(
    Receiver,
    st.sampled_from(["streaming", "unknown", "waiting"]),
    st.none() | st.integers(1, 3),
    st.sampled_from([None, "ser", "bak", "10.0.0.3", "elsewhere"]),
    st.sampled_from([None, 5432, 5433]),
)
SENDERS = st.lists(
    st.builds(
        Sender, st.sampled_from(["bak", ""]), st.sampled_from([None, "10.0.0.2"]), st.just("streaming"), st.none()
    ),
    max_size=2,
).map(tuple)
SERVERS = st.builds(
    Server,
    st.just(150000),
    st.booleans(),
    st.sampled_from([None, 7, 8]),
    st.none() | st.integers(1, 3),
    st.none() | st.integers(0, 9),
    senders=SENDERS,
    receiver=RECEIVERS,
)


@st.composite
def clusters(draw: st.DrawFn) -> Facts:
    count = draw(st.integers(0, 4))

    def nodes() -> tuple[Node, ...] | None:
        made = [
            node(
                number,
                draw(ROLES),
                draw(st.sampled_from(NodeStatus)),
                pg_status=draw(WORDS),
                pg_role=draw(st.sampled_from(["primary", "standby", "unknown", None])),
                last_status_change=draw(st.sampled_from([None, NOON, later(90)])),
                replication_delay=draw(st.sampled_from([None, -5, 0, 10**9])),
                replication_delay_by_time=draw(st.sampled_from([None, True, False])),
            )
            for number in range(count)
        ]
        return draw(st.sampled_from([tuple(made), None])) or None

    names = [NODES, POOL, WATCHDOG, SQL, *map(server_source, range(count))]
    return Facts(
        pgpool="ha",
        moment=NOON,
        sources=tuple(
            Source(name, 1.0, draw(st.sampled_from([None, "no"])), draw(st.booleans()))
            for name in names
            if draw(st.booleans())
        ),
        nodes=nodes(),
        nodes_are_from_memory=draw(st.booleans()),
        pool_nodes=nodes(),
        settings=draw(
            st.dictionaries(
                st.sampled_from(
                    [
                        "backend_clustering_mode",
                        "health_check_period",
                        "health_check_period1",
                        "use_watchdog",
                        "delay_threshold",
                        "delay_threshold_by_time",
                        "master_slave_mode",
                        "work_dir",
                    ]
                ),
                st.sampled_from(["0", "1", "5", "on", "", "x"]),
            )
        ),
        watchdog=draw(
            st.none()
            | st.builds(
                watchdog,
                st.sampled_from(Quorum),
                st.sampled_from([None, "ha0:9999 Linux ha0"]),
                st.sampled_from(["LEADER", "LOST", "what"]),
            )
        ),
        servers=draw(st.dictionaries(st.integers(0, max(0, count - 1)), SERVERS)) if count else {},
        addresses={1: ("10.0.0.2",), 2: ("10.0.0.3",)},
    )


@given(clusters())
def test_any_facts_give_findings_that_say_something(facts: Facts) -> None:
    for finding in findings(facts):
        assert finding.text
        assert "None" not in finding.text
        assert (
            finding.severity is Severity.NOTE or finding.mend or finding.kind in ("node_info_failed", "watchdog_unseen")
        )
        assert finding.node is None or finding.node < 4


@given(clusters())
def test_attach_is_never_advised_for_a_second_primary(facts: Facts) -> None:
    servers = {number for number, server in facts.servers.items() if not server.in_recovery}
    for finding in findings(facts) if facts.is_streaming else ():
        if finding.mend.startswith("pypcp attach") and finding.node in servers:
            assert len(servers) == 1, finding


@given(clusters())
def test_a_node_out_of_service_is_never_passed_over(facts: Facts) -> None:
    told = facts.pool_nodes if facts.nodes_are_from_memory and facts.pool_nodes else facts.nodes or facts.pool_nodes
    reported = [finding.text for finding in findings(facts)]
    for each in told or ():
        if each.status in (NodeStatus.DOWN, NodeStatus.QUARANTINE):
            assert any(view.name(each) in text for text in reported)


@pytest.mark.parametrize(
    ("settings", "mode"),
    [
        ({"backend_clustering_mode": "1"}, "streaming_replication"),
        ({"backend_clustering_mode": "4"}, "slony"),
        ({"backend_clustering_mode": "4", "work_dir": "/tmp"}, "raw"),
        ({"backend_clustering_mode": "6"}, "snapshot_isolation"),
        ({"master_slave_mode": "1", "master_slave_sub_mode": "stream"}, "streaming_replication"),
        ({"master_slave_mode": "1", "master_slave_sub_mode": "2"}, "streaming_replication"),
        ({"master_slave_mode": "1", "master_slave_sub_mode": "1"}, "slony"),
        ({"master_slave_mode": "1", "master_slave_sub_mode": "logical"}, "logical_replication"),
        ({"master_slave_mode": "0", "replication_mode": "1"}, "native_replication"),
        ({"master_slave_mode": "0", "replication_mode": "0"}, "raw"),
        ({}, None),
    ],
)
def test_modes_of_all_versions(settings: dict[str, str], mode: str | None) -> None:
    assert Facts("ha", NOON, (), settings=settings).mode == mode
