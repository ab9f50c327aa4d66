"""The decision: each refusal by name, no interlock that could be dropped, and what must hold in any state whatever."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pypcp.postgres.access import Attempt
from pypcp.postgres.instance import Journal, Receiver
from pypcp.postgres.unit import Unit
from pypcp.rejoin.facts import NodeFacts
from pypcp.rejoin.nodes import View
from pypcp.switchover import decide as module
from pypcp.switchover.decide import decide
from pypcp.switchover.facts import Facts, Request
from pypcp.switchover.plan import Action, plan_for
from tests.unit.rejoin import worlds as w
from tests.unit.switchover import worlds as s

PAIR = s.pair()
GROUPS = ("ABOUT_THE_NODE", "OWN", "ABOUT_THE_WAY_BACK")


def with_streaming(*attempts: Attempt) -> Facts:
    return dataclasses.replace(PAIR, streaming=attempts)


def with_settings(**changes: str) -> Facts:
    return dataclasses.replace(PAIR, settings={**s.SETTINGS, **changes})


def not_seen(unreachable: bool) -> Facts:
    node = NodeFacts(PAIR.node.pool, None, "x", unreachable)
    return dataclasses.replace(PAIR, now=dataclasses.replace(PAIR.now, target=node))


def unnamed() -> Facts:
    return s.with_primary_server(PAIR, senders=(dataclasses.replace(s.SENDER, application_name=""),))


def twins() -> Facts:
    return s.with_primary_server(PAIR, senders=(s.SENDER, s.SENDER))


def behind(by: int) -> Facts:
    return s.with_primary_server(PAIR, lsn=w.FORK + 0x5000 + by)


def lower_settings() -> Facts:
    facts = s.with_primary(PAIR, settings={**w.SETTINGS, "max_connections": "100"})
    return s.with_node(facts, settings={"port": "5432", "max_connections": "200"})


def other_cluster() -> Facts:
    assert PAIR.node.instance and PAIR.node.instance.control
    return s.with_node(PAIR, control=dataclasses.replace(PAIR.node.instance.control, system_identifier=8))


def with_unit(service: str = "", **changes: Any) -> Facts:
    """systemd has a unit that runs the primary; ``service`` is the one asked for."""
    assert PAIR.primary and PAIR.primary.instance
    unit = Unit("pg", load="loaded", active="active", main_pid=PAIR.primary.instance.pid or 0)
    unit = dataclasses.replace(unit, **changes)
    return dataclasses.replace(PAIR, request=Request(service=service), units=(unit,))


REFUSED: list[tuple[str, Facts]] = [
    ("target-unreachable", not_seen(True)),
    ("no-data-directory", not_seen(False)),
    ("node-down", s.with_node(PAIR, pid=None, server=None)),
    ("target-silent", s.with_node(PAIR, server=None, server_error="no entry")),
    ("target-running-as-primary", s.with_node_server(PAIR, in_recovery=False)),
    ("target-is-primary", s.with_pool(PAIR, role="primary")),
    ("source-in-recovery", s.with_primary_server(PAIR, in_recovery=True)),
    ("two-primaries", s.with_third(PAIR, 2, w.SERVER)),
    ("node-unreachable", s.with_third(PAIR, 2, False)),
    ("pgpool-disagrees", dataclasses.replace(PAIR, now=w.with_source_pool(PAIR.now, role="standby"))),
    ("pgpools-disagree", dataclasses.replace(PAIR, now=dataclasses.replace(PAIR.now, views=(View("x", ()),)))),
    ("no-programs", s.with_node(PAIR, bindir="")),
    ("other-cluster", other_cluster()),
    ("other-version", s.with_node(PAIR, version="14")),
    ("same-instance", s.with_node(PAIR, identity="bak 1:2")),
    ("other-port", s.with_node(PAIR, port=5433)),
    ("version-not-supported", s.with_primary(s.with_node(PAIR, version="9.4"), version="9.4")),
    ("other-timeline", s.with_node_server(PAIR, timeline=1)),
    ("not-streaming", s.with_node_server(PAIR, receiver=None)),
    ("not-streaming", s.with_node_server(PAIR, receiver=Receiver("waiting", 2, "bak", 5432))),
    ("not-streaming", s.with_node_server(PAIR, receiver=Receiver("streaming", 2, "third", 5433))),
    ("not-streaming", s.with_primary_server(PAIR, senders=())),
    ("no-name-of-its-own", unnamed()),
    ("no-name-of-its-own", twins()),
    ("too-far-behind", behind((16 << 20) + 1)),
    ("node-not-in-service", s.with_pool(PAIR, status="down")),
    ("node-not-in-service", s.with_pool(PAIR, status="quarantine")),
    ("pgpool-promotes-another", s.with_third(PAIR, -1)),
    ("failover-disallowed", with_settings(backend_flag1="DISALLOW_TO_FAILOVER")),
    ("no-wal-sender", s.with_node_server(PAIR, settings={"max_wal_senders": "0"})),
    ("cannot-stream", with_streaming(Attempt({"user": "repl"}, "no pg_hba.conf entry"))),
    ("no-replication-user", with_streaming()),
    ("other-cluster-answers", with_streaming(Attempt({"user": "repl"}, "", 8))),
    ("settings-too-low", lower_settings()),
    ("tools-missing", s.with_primary(PAIR, tools=frozenset())),
    ("trigger-file", s.with_primary(PAIR, triggers=("/tmp/promote",))),
    ("other-manager", s.with_primary(PAIR, managers=("patroni",))),
    ("other-repair", s.with_primary(PAIR, repairs=("rsync (pid 7)",))),
    ("strays", s.with_primary(PAIR, strays=(9,))),
    ("half-rewound", s.with_primary(PAIR, journal=Journal("/s", True, 1))),
    ("no-control-data", s.with_primary(PAIR, control=None)),
    ("no-programs", s.with_primary(PAIR, bindir="", tools=w.TOOLS)),
    ("other-port", s.with_primary(PAIR, settings={**w.SETTINGS, "port": "5433"})),
    ("no-hot-standby", s.with_primary(PAIR, settings={**w.SETTINGS, "hot_standby": "off"})),
    ("systemd-restarts-it", with_unit(restart="always")),
    ("systemd-restarts-it", with_unit(restart="on-success")),
    ("service-stop-not-allowed", with_unit("pg", may_not_stop="a password is required")),
    ("service-beside", with_unit("pg", active="activating", main_pid=0)),
    ("service", with_unit("pg", main_pid=99)),
    ("service", with_unit("pg", load="not-found", active="inactive", main_pid=0)),
    ("service", with_unit("--now")),
    ("service-not-allowed", with_unit("pg", may_not_start="a password is required")),
]


def codes(facts: Facts) -> list[str]:
    return [refusal.code for refusal in decide(facts)]


def test_nothing_stands_against_an_ordinary_switchover() -> None:
    assert codes(PAIR) == []
    assert codes(s.with_third(PAIR, 2)) == []
    assert codes(s.with_third(with_settings(failover_command=""), -1)) == []  # then nobody else promotes
    assert codes(behind(16 << 20)) == []
    assert codes(with_unit(restart="on-failure")) == []  # it ends cleanly
    assert codes(with_unit("pg", restart="always")) == []
    assert codes(with_unit("pg", active="failed", main_pid=0)) == []


@pytest.mark.parametrize(("code", "facts"), REFUSED)
def test_each_reason_refuses(code: str, facts: Facts) -> None:
    found = decide(facts)
    assert code in {refusal.code for refusal in found}
    assert all(refusal.said and refusal.do and "None" not in refusal.said for refusal in found)


@pytest.mark.parametrize(
    ("group", "name"), sorted({(group, lock.__name__) for group in GROUPS for lock in getattr(module, group)})
)
def test_no_interlock_can_be_dropped(group: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, one of the refusals above is not what it was."""
    before = [codes(facts) for _, facts in REFUSED]
    monkeypatch.setattr(module, group, tuple(lock for lock in getattr(module, group) if lock.__name__ != name))
    assert [codes(facts) for _, facts in REFUSED] != before


@pytest.mark.parametrize("world", [s.anything, s.nearly])
@settings(max_examples=4000, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_nothing_dangerous_is_ever_begun(world: Callable[[Random], Facts], seed: int) -> None:
    facts = world(Random(seed))
    if refusals := decide(facts):
        assert all(refusal.said and refusal.do for refusal in refusals)
        return
    _check(facts)
    assert [step.key for step in plan_for(facts).steps] == ["checkpoint", "stop", "received", "promote", "pgpool"]


def _check(facts: Facts) -> None:
    """What must hold, in words of its own, before the primary may be stopped."""
    nodes = facts.now.nodes
    (primary,) = (node for node in nodes if node.is_primary)
    here, there = facts.node.instance, primary.instance
    assert here and here.server and there and there.server and primary is facts.primary
    assert here.server.in_recovery and here.server.receiver and here.server.receiver.status == "streaming"
    assert here.server.receiver.timeline == there.server.timeline == here.server.timeline
    assert here.identity != there.identity and here.version == there.version
    assert any(sender.state == "streaming" for sender in there.server.senders)
    assert facts.lag is not None and facts.lag <= facts.request.max_lag
    assert facts.node.pool.status in ("up", "waiting") and primary.pool.role == "primary"
    assert any(not attempt.trouble and attempt.system_identifier == 7 for attempt in facts.streaming)
    assert "DISALLOW" not in facts.settings.get(f"backend_flag{primary.pool.id}", "")
    assert not there.strays and not there.triggers and {"pg_ctl", "psql"} <= there.tools
    if facts.settings["failover_command"].strip():
        serving = [node.pool.id for node in nodes if node.pool.in_service and node is not primary]
        assert min(serving) == facts.node.pool.id


def test_many_made_up_states_are_allowed() -> None:
    """The property above would hold of a decision that always says no."""
    assert sum(not decide(s.nearly(Random(seed))) for seed in range(500)) > 50


@pytest.mark.parametrize(
    ("request_", "command", "place"),
    [
        (Request(), "/failover", "pgpool"),
        (Request(promote=True), "/failover", "ser"),
        (Request(), "", "ser"),
    ],
)
def test_who_promotes(request_: Request, command: str, place: str) -> None:
    facts = dataclasses.replace(with_settings(failover_command=command), request=request_)
    assert next(step for step in plan_for(facts).steps if step.key == "promote").host == place


def test_commits_wait_for_the_standby_by_its_name() -> None:
    sender: dict[str, Any] = {"application_name": "se\"r's"}
    facts = s.with_primary_server(PAIR, senders=(dataclasses.replace(s.SENDER, **sender),))
    stop = plan_for(facts).steps[1].actions[0]
    assert isinstance(stop, Action)
    names = "'\"se\"\"r''s\"'"
    assert f"synchronous_standby_names = {names}\nsynchronous_commit = 'on'\nwal_keep_size = '1TB'" in stop.args


def test_systemd_stops_and_starts_what_it_runs() -> None:
    plan = plan_for(with_unit("pg"))
    stop = plan.steps[1]
    (asks,), (by_unit,) = stop.actions, stop.beside
    assert isinstance(asks, Action) and isinstance(by_unit, Action)
    assert stop.command == "systemctl stop pg" and by_unit.user is None and asks.user == ""
    assert by_unit.args[2] == "pg" and asks.args[-1] in by_unit.args  # the word, which is of this plan alone
    assert asks.args[-1] != plan_for(with_unit("pg")).steps[1].actions[0].args[-1]  # type: ignore[union-attr]
    assert "systemctl start pg" in plan.advice["received"] and "pypcp rejoin 1 --service pg" in plan.advice["rejoin"]


def test_a_unit_that_does_not_run_it_only_starts_it() -> None:
    plan = plan_for(with_unit("pg", active="inactive", main_pid=0))
    assert not plan.steps[1].beside and "pg_ctl stop" in plan.steps[1].command
    assert plan.notes == (
        "the unit pg does not run the primary now: it is stopped with pg_ctl, and started as that unit",
    )


def test_a_unit_that_was_not_asked_for_is_told_of() -> None:
    plan = plan_for(with_unit(restart="on-failure"))
    assert not plan.steps[1].beside and "--service pg stops and starts it as that" in plan.notes[0]
