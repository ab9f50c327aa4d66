"""The decision: each verdict and each refusal by name, and what must hold in any state whatever."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pypcp.postgres.access import Attempt
from pypcp.postgres.archive import Archived
from pypcp.postgres.contents import Contents
from pypcp.postgres.eras import REWIND_FUNCTIONS
from pypcp.postgres.instance import Journal, Sender, Tablespace
from pypcp.postgres.tablespaces import Place
from pypcp.postgres.timelines import Fork
from pypcp.postgres.waldump import Commits, Record
from pypcp.rejoin import interlocks
from pypcp.rejoin.decide import Interlock, decide
from pypcp.rejoin.facts import Facts, NodeFacts, Request
from pypcp.rejoin.nodes import PoolNode, View
from pypcp.rejoin.plan import Action
from pypcp.rejoin.refusals import Refusal
from pypcp.rejoin.states import is_finished_rewind
from pypcp.rejoin.steps import plan_for
from pypcp.rejoin.verdict import Verdict
from tests.unit.rejoin import worlds as w

ON_SOURCE = {"checkpoint", "slot", "position", "listed", "size", "apart"}
CHANGING = tuple(verdict for verdict in Verdict if verdict not in (Verdict.NOTHING, Verdict.ATTACH))


def second_primary(fence: bool = False) -> Facts:
    server = dataclasses.replace(w.SERVER, timeline=1)
    facts = w.with_target(w.STOPPED, pid=5, server=server, port=5432, wal_end=None)
    return dataclasses.replace(facts, request=Request(fence=fence))


def archiving(mode: str, segment: str, facts: Facts = w.STOPPED) -> Facts:
    """The target has still to archive this segment; the fork is in that with the number 3."""
    return w.with_target(facts, settings={"port": "5432", "archive_mode": mode}, unarchived=(segment,))


def gone_on_the_source() -> Facts:
    return w.with_source(w.STOPPED, wal_files=("000000020000000000000004",))


def lost_standby_that_feeds(name: str) -> Facts:
    """The target runs as a standby of nobody, with WAL past the fork that another one gets from it."""
    senders = (Sender(name, "10.0.0.3", "streaming", w.FORK + 0x2000),)
    server = dataclasses.replace(w.SERVER, timeline=1, in_recovery=True, senders=senders)
    return w.with_target(w.STOPPED, pid=5, server=server, port=5432, wal_end=None)


def rewound(**changes: Any) -> Facts:
    control = {"state": "in archive recovery", "minimum_recovery_timeline": 2, "minimum_recovery": w.FORK + 0x100}
    facts = w.with_target(w.with_control(w.STOPPED, **control), files=frozenset({"PG_VERSION", "backup_label"}))
    return dataclasses.replace(w.with_target(facts, **changes), fork=Fork(2, None))


def half_rewound(**journal: Any) -> Facts:
    """A rewind from timeline 2 died; what it needs was saved."""
    left = {"rewind_began": True, "rewind_timeline": 2, "saved": True, "control_is_saved": True, **journal}
    return w.with_target(w.STOPPED, journal=Journal("/s", **left), wal_end=None)


def viewed(*nodes: str) -> Facts:
    """Another pgpool has the nodes so: role and status of each."""
    found = []
    for number, words in enumerate(nodes):
        role, status = words.split()
        found.append(PoolNode(number, f"h{number}", 5432, status, role, "/data"))
    return dataclasses.replace(w.STOPPED, views=(View("bak", tuple(found)),))


def copied(facts: Facts = w.STOPPED, **request: Any) -> Facts:
    return dataclasses.replace(facts, request=Request(method="basebackup", **request))


NOTHING: dict[str, Any] = {
    "vacant": True, "control": None, "wal_end": None, "files": frozenset(), "settings": {}
}  # fmt: skip


def vacant(facts: Facts = w.STOPPED, **changes: Any) -> Facts:
    """The target has no data directory, and a copy is asked for."""
    return copied(dataclasses.replace(w.with_target(facts, **{**NOTHING, **changes}), fork=None))


def configured_outside(facts: Facts) -> Facts:
    """The source has its configuration in /etc, as Debian's packages make it."""
    return w.with_source(facts, config_file="/etc/postgresql/15/main/postgresql.conf")


def swapping(**changes: Any) -> Facts:
    """A copy was taking the place of the data directory when that was interrupted."""
    journal = Journal("/s", swap_began=True, swapped=True)
    return dataclasses.replace(w.with_target(w.STOPPED, **NOTHING, journal=journal, **changes), fork=None)


def new_copy(**changes: Any) -> Facts:
    """A copy has taken the place of the data directory, and was not started."""
    files = frozenset({"PG_VERSION", "backup_label", "standby.signal"})
    return w.with_target(w.STOPPED, files=files, journal=Journal("/s", swapped=True), **changes)


def with_tablespace(path: str = "/fast", usable: bool = True, taken: bool = False, **target: Any) -> Facts:
    """The source has a tablespace there, which is so at the target's place for it."""
    facts = w.with_source(w.with_target(w.STOPPED, **{"machine": "ser", **target}), machine="bak")
    facts = w.with_source(facts, tablespaces=(Tablespace(16384, path),))
    return dataclasses.replace(facts, places=(Place(path, usable, taken),))


def with_records(mine: int, theirs: int) -> Facts:
    """The last record of the target's WAL, and what the source has there: of these lengths."""
    record = Record(w.FORK - 56, w.FORK - 120, mine, 0)
    facts = w.with_target(w.STOPPED, last_record=record)
    return dataclasses.replace(facts, same_record=dataclasses.replace(record, length=theirs))


def with_third_node(server: Any) -> Facts:
    pool = PoolNode(2, "third", 5432, "up", "standby", "/data")
    third = NodeFacts(pool, dataclasses.replace(w.SOURCE, host="third", identity="third 1:2", server=server))
    return dataclasses.replace(w.STOPPED, others=(*w.STOPPED.others, third))


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        (w.STOPPED, Verdict.START),
        (w.with_control(w.STOPPED, state="in production"), Verdict.START),  # killed, but had sent everything
        (w.with_control(w.with_target(w.STOPPED, wal_end=w.FORK - 8), log_hints=False), Verdict.START),
        (with_records(40, 40), Verdict.START),
        (w.diverged(), Verdict.REWIND),
        (w.with_control(w.diverged(), state="in production"), Verdict.REWIND),
        (w.with_target(w.diverged(), wal_end=w.FORK + 0x78), Verdict.REWIND),  # one shutdown checkpoint too far
        (w.streaming(), Verdict.ATTACH),
        (w.with_target_pool(w.streaming(), status="up"), Verdict.NOTHING),
        (w.with_target_pool(w.streaming(), status="waiting"), Verdict.NOTHING),
        (w.with_source_server(w.streaming(), senders=()), Verdict.STOP),
        (second_primary(fence=True), Verdict.STOP),
        (w.archived(), Verdict.FETCH),
        (copied(dataclasses.replace(w.archived(), rewinding=())), Verdict.FETCH),
        (rewound(), Verdict.FINISH),
        (rewound(journal=Journal("/s", True, 2, True)), Verdict.FINISH),
        (half_rewound(), Verdict.RESUME),
        (half_rewound(control_is_saved=False, rewind_runs=True), Verdict.RESUME),
        (copied(), Verdict.BASEBACKUP),
        (copied(w.diverged()), Verdict.BASEBACKUP),
        (copied(half_rewound(saved=False), discard_diverged=True), Verdict.BASEBACKUP),
        (copied(w.with_target(w.STOPPED, control=None, wal_end=None), discard_diverged=True), Verdict.BASEBACKUP),
        (copied(second_primary(), fence=True), Verdict.STOP),
        (vacant(), Verdict.CREATE),
        (vacant(replaceable=False, writable=True), Verdict.CREATE),
        (copied(w.with_target(w.STOPPED, replaceable=False, writable=True)), Verdict.BASEBACKUP),
        (with_tablespace(), Verdict.START),
        (copied(with_tablespace()), Verdict.BASEBACKUP),
        (copied(with_tablespace(taken=True, tablespaces=(Tablespace(16384, "/fast"),))), Verdict.BASEBACKUP),
        (vacant(with_tablespace()), Verdict.CREATE),
        (configured_outside(vacant(config_file="/etc/postgresql/15/main/postgresql.conf")), Verdict.CREATE),
        (swapping(), Verdict.SWAP),
        (copied(swapping()), Verdict.SWAP),
        (new_copy(), Verdict.START),
        (copied(new_copy()), Verdict.START),
        (copied(new_copy(wal_end=None), discard_diverged=True), Verdict.BASEBACKUP),
        (copied(w.with_target(new_copy(), files=frozenset({"PG_VERSION"}))), Verdict.BASEBACKUP),
        (copied(w.streaming()), Verdict.ATTACH),
        (viewed("standby up", "primary waiting"), Verdict.START),
    ],
)
def test_what_a_target_needs(facts: Facts, verdict: Verdict) -> None:
    assert decide(facts) is verdict


def no_source(**changes: Any) -> Facts:
    return w.with_source(w.STOPPED, **{"pid": None, "server": None, **changes})


def diverged_by(**changes: Any) -> Facts:
    return dataclasses.replace(w.diverged(), divergence=dataclasses.replace(w.DIVERGENCE, **changes))


def with_fewer(name: str, version: str = "15") -> Facts:
    facts = w.with_source(w.STOPPED, settings={**w.SETTINGS, name: "100"}, version=version)
    return w.with_target(facts, settings={"port": "5432", name: "50"}, version=version)


def both_promoted(version: str) -> Facts:
    facts = w.with_source(w.with_control(w.diverged(), timeline=2), version=version)
    return w.with_target(facts, version=version, tools=w.TOOLS | {"pg_xlogdump"})


def with_files(*names: str) -> Facts:
    return w.with_target(w.diverged(), files=frozenset({"PG_VERSION", *names}))


REFUSED: list[tuple[str, Facts]] = [
    ("target-is-primary", w.with_target_pool(w.STOPPED, role="primary", status="up")),
    ("target-is-only-primary", dataclasses.replace(second_primary(), others=no_source().others)),
    ("source-in-recovery", w.with_source_server(w.STOPPED, in_recovery=True)),
    ("no-primary", no_source()),
    ("two-primaries", with_third_node(w.SERVER)),
    ("target-running-as-primary", second_primary()),
    ("pgpool-disagrees", w.with_source_pool(w.STOPPED, status="down")),
    ("pgpool-disagrees", w.with_source_pool(w.STOPPED, role="standby")),
    ("pgpools-disagree", viewed("primary up", "standby up")),
    ("pgpools-disagree", viewed("primary down", "primary up", "primary up")),
    ("pgpools-disagree", viewed("standby down", "primary quarantine")),
    ("target-unreachable", dataclasses.replace(w.STOPPED, target=NodeFacts(w.STOPPED.target.pool, None, "x", True))),
    ("no-data-directory", dataclasses.replace(w.STOPPED, target=NodeFacts(w.STOPPED.target.pool, None, "x"))),
    ("node-unreachable", with_third_node(None)),
    ("not-a-data-directory", w.with_target(w.STOPPED, version="", files=frozenset())),
    ("no-programs", w.with_target(w.STOPPED, bindir="")),
    ("no-control-data", w.with_target(w.STOPPED, control=None)),
    ("target-silent", w.with_target(w.STOPPED, pid=5)),
    ("other-cluster", w.with_control(w.STOPPED, system_identifier=8)),
    ("other-version", w.with_target(w.STOPPED, version="14")),
    ("trigger-file", w.with_target(w.STOPPED, triggers=("/tmp/promote me",))),
    ("version-not-supported", w.with_source(w.with_target(w.STOPPED, version="9.4"), version="9.4")),
    ("same-instance", w.with_target(w.STOPPED, identity="bak 1:2")),
    ("other-port", w.with_target(w.STOPPED, settings={"port": "5433"})),
    ("no-common-history", dataclasses.replace(w.STOPPED, fork=None)),
    ("target-newer", w.with_control(w.STOPPED, timeline=3)),
    ("target-newer", dataclasses.replace(w.with_target(w.STOPPED, wal_end=w.FORK + 0x9000), fork=Fork(1, None))),
    ("half-rewound", half_rewound(saved=False)),
    ("half-rewound", half_rewound(control_is_saved=False)),
    ("half-rewound", half_rewound(rewind_timeline=3)),
    ("cannot-rewind", dataclasses.replace(half_rewound(), rewinding=())),
    ("other-method", dataclasses.replace(w.diverged(), request=Request(method="start"))),
    ("other-method", dataclasses.replace(w.STOPPED, request=Request(method="rewind"))),
    ("cannot-be-replaced", copied(w.with_target(w.STOPPED, replaceable=False))),
    ("wal-elsewhere", copied(w.with_target(w.STOPPED, wal_link="/wal"))),
    ("tablespaces", copied(with_tablespace(machine="bak"))),
    ("tablespaces", vacant(with_tablespace(machine="bak"), free_bytes=1)),
    ("tablespaces", copied(with_tablespace("/data/fast"))),
    ("tablespaces", copied(with_tablespace("/a\nb"))),
    ("no-place-for-tablespace", with_tablespace(usable=False)),
    ("no-place-for-tablespace", copied(with_tablespace(usable=False))),
    ("tablespace-in-the-way", with_tablespace(taken=True)),
    ("tablespace-in-the-way", vacant(with_tablespace(taken=True))),
    ("vacant", dataclasses.replace(vacant(), request=Request())),
    ("cannot-be-replaced", vacant(replaceable=False)),
    ("mounted-inside", copied(w.with_target(w.STOPPED, mounts=("pg_wal",)))),
    ("port-taken", dataclasses.replace(vacant(), is_taken=True)),
    ("no-configuration", configured_outside(vacant())),
    ("other-port", w.with_source(vacant(version="11"), version="11", port=5433)),
    ("listens-elsewhere", vacant(w.with_source_server(w.STOPPED, settings={"listen_addresses": "bak, 10.0.0.2"}))),
    ("swap-began", swapping(pid=5, server=dataclasses.replace(w.SERVER, in_recovery=True))),
    ("loss-unknown", copied(w.with_target(w.STOPPED, wal_end=None))),
    ("loss-unknown", copied(half_rewound())),
    ("loss-unknown", copied(with_records(40, 48))),
    ("loss-unknown", copied(dataclasses.replace(w.STOPPED, fork=None))),
    ("diverged-commits", copied(diverged_by(commits=Commits(3, "a", "b")))),
    ("target-newer", copied(w.with_control(w.STOPPED, timeline=3))),
    ("strays", w.with_target(w.STOPPED, strays=(9,))),
    ("other-manager", w.with_target(w.STOPPED, managers=("patroni",))),
    ("other-manager", w.with_source(w.STOPPED, managers=("repmgrd",))),
    ("promoted-since", both_promoted("9.5")),
    ("no-hot-standby", w.with_target(w.STOPPED, settings={"port": "5432", "hot_standby": "off"})),
    ("settings-too-low", with_fewer("max_connections")),
    ("settings-too-low", with_fewer("max_wal_senders", "12")),
    ("hidden-divergence", with_records(40, 48)),
    ("no-wal-end", w.with_target(w.STOPPED, wal_end=None)),
    ("source-wal-gone", gone_on_the_source()),
    ("source-wal-gone", w.with_source(w.diverged(), wal_files=("000000020000000000000004",))),
    ("tools-missing", w.with_target(w.STOPPED, tools=w.TOOLS - {"psql"})),
    ("tools-missing", w.with_target(w.diverged(), tools=w.TOOLS - {"pg_rewind"})),
    ("tools-missing", w.with_target(second_primary(fence=True), tools=w.TOOLS - {"pg_rewind"})),
    ("tools-missing", w.with_target(second_primary(fence=True), tools=w.TOOLS - {"pg_waldump"})),
    ("cannot-stream", dataclasses.replace(w.STOPPED, streaming=(Attempt({"user": "repl"}, "no pg_hba.conf entry"),))),
    ("no-replication-user", dataclasses.replace(w.STOPPED, streaming=())),
    ("other-cluster-answers", dataclasses.replace(w.STOPPED, streaming=(Attempt({"user": "repl"}, "", 8),))),
    ("no-hints", w.with_control(w.diverged(), log_hints=False)),
    ("checksums-came-late", w.with_control(w.diverged(), checksums=True)),
    ("hints-came-late", diverged_by(hints_came_late=True)),
    ("full-page-writes", w.with_source_server(w.diverged(), settings={"full_page_writes": "off"})),
    ("wal-missing", diverged_by(redo=None)),
    ("wal-missing", w.archived(Archived())),
    ("wal-missing", w.archived(Archived(w.ARCHIVED.segments, "restore_command failed"))),
    ("no-room", w.with_target(w.archived(), free_bytes=8 * w.SEGMENT)),
    ("no-hints", w.with_control(w.archived(), log_hints=False)),
    ("logical-slots", w.with_target(w.archived(), logical_slots=("cdc",))),
    ("wal-missing", diverged_by(readable=False)),
    ("loss-unknown", copied(diverged_by(counted=False))),
    ("loss-unknown", copied(w.archived(Archived((), "it has no restore_command")), discard_diverged=False)),
    ("no-room", copied(w.with_target(w.archived(), free_bytes=8 * w.SEGMENT))),
    ("wal-missing", diverged_by(missing=("x",))),
    ("wal-missing", dataclasses.replace(w.diverged(), divergence=None)),
    ("cannot-rewind", dataclasses.replace(w.diverged(), rewinding=(Attempt({}, "m", None, REWIND_FUNCTIONS[3:]),))),
    ("no-room", w.with_target(w.diverged(), free_bytes=1 << 20)),
    ("no-room", dataclasses.replace(w.diverged(), source_files=Contents(2 << 40), target_files=Contents(1 << 40))),
    ("crashed-standby", w.with_control(with_files("standby.signal"), state="in archive recovery")),
    ("diverged-commits", diverged_by(commits=Commits(3, "a", "b"))),
    ("diverged-prepared", diverged_by(prepared=1)),
    ("diverged-prepared", copied(diverged_by(prepared=2))),
    ("logical-slots", w.with_target(w.diverged(), logical_slots=("cdc",))),
    ("logical-slots", copied(w.with_target(w.diverged(), logical_slots=("cdc",)))),
    ("other-repair", w.with_target(w.STOPPED, repairs=("pg_basebackup (pid 7)",))),
    ("target-unwritable", dataclasses.replace(w.STOPPED, target_files=Contents(1, ("/data/",)))),
    ("target-unwritable", dataclasses.replace(w.STOPPED, target_files=Contents(1, ("/data/pg_wal/x",)))),
    ("target-unwritable", dataclasses.replace(w.diverged(), target_files=Contents(1, ("/data/postgresql.conf",)))),
    ("source-unreadable", dataclasses.replace(w.diverged(), source_files=Contents(1, ("/data/a\nb",)))),
    ("source-unreadable", copied(dataclasses.replace(w.STOPPED, source_files=Contents(1, ("/data/x",))))),
    ("unarchived", archiving("on", "000000010000000000000002")),
    ("unarchived", archiving("on", "000000010000000000000002", w.diverged())),
    ("unarchived", archiving("always", "000000010000000000000002", w.diverged())),
    ("feeds-others", lost_standby_that_feeds("c")),
    ("service", dataclasses.replace(w.STOPPED, request=Request(service="postgresql-15"))),
]  # fmt: skip


@pytest.mark.parametrize(("code", "facts"), REFUSED)
def test_each_reason_alone_refuses(code: str, facts: Facts) -> None:
    found = decide(facts)
    assert isinstance(found, tuple)
    assert [refusal.code for refusal in found] == [code]
    assert all(refusal.said and refusal.do and "None" not in refusal.said for refusal in found)


def test_a_segment_in_which_nothing_was_written_yet_is_not_missing() -> None:
    """As after a switch of the WAL by archive_timeout: the primary's position is where its next segment will begin."""
    switched = w.with_source_server(w.STOPPED, lsn=4 * w.SEGMENT)
    assert decide(w.with_source(switched, wal_files=("000000020000000000000003",))) is Verdict.START
    written = w.with_source_server(w.STOPPED, lsn=4 * w.SEGMENT + 40)
    assert isinstance(decide(w.with_source(written, wal_files=("000000020000000000000003",))), tuple)


def refusals(facts: Facts) -> tuple[Refusal, ...]:
    found = decide(facts)
    assert isinstance(found, tuple)
    return found


def test_a_single_lost_transaction_has_one_time() -> None:
    (found,) = refusals(diverged_by(commits=Commits(1, "noon", "noon")))
    assert "(noon; " in found.said


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        (w.with_source(w.with_target(w.diverged(), logical_slots=("cdc",)), logical_slots=("cdc",)), Verdict.REWIND),
        (dataclasses.replace(diverged_by(prepared=1), request=Request(discard_diverged=True)), Verdict.REWIND),
        (dataclasses.replace(lost_standby_that_feeds("c"), request=Request(fence=True)), Verdict.STOP),
        (
            dataclasses.replace(w.STOPPED, target_files=Contents(1, ("/data/pg_hba.conf", "/data/lost+found"))),
            Verdict.START,
        ),
        (dataclasses.replace(w.STOPPED, source_files=Contents(1, ("/data/x",))), Verdict.START),
        (archiving("always", "000000010000000000000002"), Verdict.START),
        (copied(diverged_by(readable=False)), Verdict.BASEBACKUP),
        (w.with_source(w.STOPPED, wal_files=("000000020000000000000003",)), Verdict.START),
        (with_fewer("max_wal_senders", "11"), Verdict.START),
        (both_promoted("9.6"), Verdict.REWIND),
        (w.with_source(w.diverged(), wal_files=("000000020000000000000003",)), Verdict.REWIND),
        (w.with_target(gone_on_the_source(), settings={"restore_command": "cp /archive/%f %p"}), Verdict.START),
        (archiving("off", "000000010000000000000002", w.diverged()), Verdict.REWIND),
        (archiving("on", "000000010000000000000003", w.diverged()), Verdict.REWIND),
        (dataclasses.replace(lost_standby_that_feeds("c"), fork=Fork(1, w.FORK + 0x9000)), Verdict.STOP),
    ],
)
def test_what_is_lost_may_be_declared_or_is_not_lost(facts: Facts, verdict: Verdict) -> None:
    assert decide(facts) is verdict


def test_a_second_primary_is_told_with_whom_it_feeds() -> None:
    facts = second_primary()
    assert facts.target.instance and facts.target.instance.server
    server = dataclasses.replace(facts.target.instance.server, senders=(Sender("c", None, "backup", None),))
    (found,) = refusals(w.with_target(facts, server=server))
    assert "It feeds c (local, backup)" in found.said


def test_every_reason_is_told_at_once() -> None:
    facts = w.with_control(w.with_target(w.diverged(), tools=frozenset(), free_bytes=0), log_hints=False)
    found = decide(dataclasses.replace(facts, streaming=(), rewinding=()))
    assert isinstance(found, tuple)
    assert {refusal.code for refusal in found} >= {"tools-missing", "no-hints", "cannot-rewind", "no-room"}


@pytest.mark.parametrize(
    "name",
    sorted(
        {
            lock.__name__
            for group in (
                interlocks.ALWAYS,
                interlocks.KEEPING_THE_DIRECTORY,
                interlocks.BEFORE_CHANGES,
                interlocks.STARTING,
                *interlocks.BEFORE.values(),
            )
            for lock in group
        }
    ),
)
def test_no_interlock_can_be_dropped(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, one of the refusals above is not what it was."""
    from pypcp.rejoin import decide as module

    def without(group: tuple[Interlock, ...]) -> tuple[Interlock, ...]:
        return tuple(lock for lock in group if lock.__name__ != name)

    for group in ("ALWAYS", "KEEPING_THE_DIRECTORY", "BEFORE_CHANGES", "STARTING"):
        monkeypatch.setattr(module, group, without(getattr(interlocks, group)))
    monkeypatch.setattr(module, "BEFORE", {verdict: without(group) for verdict, group in interlocks.BEFORE.items()})

    def codes(facts: Facts) -> list[str]:
        try:
            found = decide(facts)
        except AssertionError:
            return ["nonsense"]
        return [refusal.code for refusal in found] if isinstance(found, tuple) else [found.value]

    assert any(codes(facts) != [code] for code, facts in REFUSED)


def is_safe_to_change(facts: Facts) -> bool:
    """What must hold, in words of its own, before any file of the target may be touched."""
    source, target = facts.source, facts.target.instance
    primaries = [node for node in facts.others if node.is_primary]
    return bool(
        source and source.instance and source.instance.server and target
        and len(primaries) == 1
        and not source.instance.server.in_recovery
        and (not target.control or source.instance.server.system_identifier == target.control.system_identifier)
        and source.instance.identity != target.identity
        and source.instance.version == target.version
        and (target.timeline <= source.instance.timeline or facts.request.discard_diverged)
        and not target.strays
        and (facts.fork is not None or facts.request.method == "basebackup" or target.journal.swap_began)
        and not (facts.target.pool.role == "primary" and facts.target.pool.in_service)
        and facts.stream is not None
    )  # fmt: skip


seeds = st.integers(0, 2**32)


@pytest.mark.parametrize("world", [w.anything, w.nearly])
@settings(max_examples=5000, deadline=None)
@given(seed=seeds)
def test_nothing_dangerous_is_ever_planned(world: Callable[[Random], Facts], seed: int) -> None:
    facts = world(Random(seed))
    found = decide(facts)
    if isinstance(found, tuple):
        assert found and all(refusal.said and refusal.do for refusal in found)
    else:
        _check_plan(facts, found)


def _check_plan(facts: Facts, found: Verdict) -> None:
    target, source = facts.target.instance, facts.source
    assert target and source and source.instance
    plan = plan_for(facts, found)
    writing = [
        step
        for step in plan.steps
        if step.key in {"fetch", "save", "recover", "rewind", "restore", "configure", "swap"}
    ]
    if found in CHANGING:
        assert is_safe_to_change(facts)
    if writing:
        assert target.pid is None
    if any(step.key == "fetch" for step in plan.steps):
        assert plan.again and len(plan.steps) <= 2 and facts.archived and not facts.archived.trouble
    if any(step.key == "stop" for step in plan.steps):
        assert not facts.target.is_primary or facts.request.fence
        assert plan.again and len(plan.steps) <= 2
    if found in (Verdict.BASEBACKUP, Verdict.CREATE):
        assert (
            facts.request.method == "basebackup"
            and (target.replaceable or target.writable)
            and not target.journal.swap_began
        )
        assert target.vacant == (found is Verdict.CREATE)
    if found is Verdict.REWIND:
        _check_rewind(facts)
    if found is Verdict.RESUME:
        journal = target.journal
        assert journal.rewind_began and journal.saved and not target.pid
        assert journal.control_is_saved or journal.rewind_runs
    for action in (
        action for step in plan.steps for action in (*step.actions, *step.beside) if isinstance(action, Action)
    ):
        assert action.place == "target" or action.script in ON_SOURCE


def _check_rewind(facts: Facts) -> None:
    target, divergence = facts.target.instance, facts.divergence
    assert target and target.control and divergence and divergence.redo is not None
    assert target.control.log_hints or target.control.checksums
    assert not target.journal.rewind_began and not divergence.missing
    assert facts.request.discard_diverged or divergence.commits.number == 0
    assert facts.rewind is not None and not facts.rewind.missing and not facts.rewind.trouble
    assert not is_finished_rewind(facts)


@settings(max_examples=5000, deadline=None)
@given(seed=seeds)
def test_a_target_with_wal_past_the_fork_is_never_just_started(seed: int) -> None:
    facts = w.nearly(Random(seed))
    if decide(facts) is Verdict.START:
        target, fork = facts.target.instance, facts.fork
        assert target and target.wal_end is not None and fork
        assert fork.lsn is None or target.wal_end <= fork.lsn
        assert not target.journal.rewind_began


@pytest.mark.parametrize(
    "make", [lambda: w.STOPPED, w.diverged, lambda: rewound(journal=Journal("/s", True, 2, True)), half_rewound]
)
def test_plans_mark_before_they_start_and_attach_last(make: Callable[[], Facts]) -> None:
    facts = make()
    verdict = decide(facts)
    assert isinstance(verdict, Verdict)
    keys = [step.key for step in plan_for(facts, verdict).steps]
    assert keys.index("configure") < keys.index("start") < keys.index("follow") < keys.index("attach")
    if "rewind" in keys:
        at = keys.index("rewind")
        assert keys[at - 1 : at + 3] == ["checkpoint", "rewind", "restore", "configure"]
        assert keys[0] == "save" or verdict is Verdict.RESUME


def test_what_was_not_seen_is_no_reason_to_promote() -> None:
    """A primary that cannot be reached from here may serve all the same: nothing else may be promoted."""
    (hidden,) = no_source().others
    for trouble in (NodeFacts(hidden.pool, None, "no route to host", True), hidden):
        found = refusals(dataclasses.replace(w.STOPPED, others=(trouble,)))
        said = " ".join(f"{each.said} {each.do}" for each in found)
        assert ("newest data first" in said) == (trouble is hidden)
        assert ("could not be looked at" in said) == (trouble is not hidden)


def test_a_standby_that_was_seen_says_nothing_of_a_node_that_was_not() -> None:
    facts = with_third_node(None)
    facts = w.with_source_server(facts, in_recovery=True)
    assert "no node takes writes" not in " ".join(each.said for each in refusals(facts))


def test_each_answer_to_a_user_who_would_rewind_is_told_once_and_grants_can_be_pasted() -> None:
    refused = Attempt({"user": "repl"}, 'no pg_hba.conf entry for user "repl"')
    again = dataclasses.replace(refused, values={"user": "repl", "password": "test-password"})
    facts = dataclasses.replace(w.diverged(), rewinding=(refused, again))
    (found,) = refusals(facts)
    assert found.said.count("no pg_hba.conf entry") == 1 and "pg_hba.conf of node" in found.do

    lacking = Attempt({"user": 'a"b'}, "may not", None, REWIND_FUNCTIONS[3:])
    (found,) = refusals(dataclasses.replace(facts, rewinding=(refused, lacking)))
    assert f'  GRANT EXECUTE ON FUNCTION pg_catalog.{REWIND_FUNCTIONS[3]} TO "a""b";' in found.do.split("\n")


def test_the_primary_of_pgpool_is_never_to_be_fenced() -> None:
    """A standby that was promoted by hand makes two primaries: pgpool's own is not the one to stop."""
    facts = w.with_source_pool(w.with_target_pool(second_primary(), role="primary", status="up"), role="standby")
    (found,) = refusals(facts)
    assert found.code == "target-is-primary" and "takes writes, too" in found.said and "--fence" not in found.do


@pytest.mark.parametrize("is_running", [True, False])
def test_a_newer_node_has_a_way_out_that_is_not_refused(is_running: bool) -> None:
    facts = w.with_control(w.STOPPED, timeline=3)
    if is_running:
        facts = second_primary()
        assert facts.target.instance and facts.target.instance.server
        newer = dataclasses.replace(facts.target.instance.server, timeline=9)
        facts = w.with_target(facts, server=newer)
        facts = dataclasses.replace(facts, request=dataclasses.replace(facts.request, fence=True))
    (found,) = refusals(facts)
    command = found.do.split("\n")[-1].split()
    assert command[:3] == ["pypcp", "rejoin", str(facts.target.pool.id)] and ("--fence" in command) == is_running

    asked = dataclasses.replace(facts.request, method=command[command.index("--method") + 1], discard_diverged=True)
    assert decide(dataclasses.replace(facts, request=asked)) in (Verdict.STOP, Verdict.BASEBACKUP)


@pytest.mark.parametrize(("version", "fork", "refused"), [("15", 4, False), ("15", 3, True), ("11", 4, False)])
def test_a_rewound_node_has_its_own_wal_from_before_the_fork(version: str, fork: int, refused: bool) -> None:
    facts = w.with_source(w.diverged(), wal_files=("000000020000000000000004",), version=version)
    facts = w.with_target(facts, wal_files=("000000010000000000000002", "000000010000000000000003"), version=version)
    assert facts.divergence
    facts = dataclasses.replace(facts, divergence=dataclasses.replace(facts.divergence, fork=fork * w.SEGMENT + 8))
    found = interlocks.BEFORE[Verdict.REWIND]
    codes = {each.code for lock in found if (each := lock(facts))}
    assert ("source-wal-gone" in codes) == refused
