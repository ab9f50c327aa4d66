"""Rejoin on PostgreSQL 10 and 11, where a standby is made by recovery.conf: real servers behind a real pgpool.

The package of 10 has no psql, no pg_basebackup (those of the newest version here serve), no pg_rewind, no pg_waldump.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pypcp.lab import LabNode, Workshop, postgres
from pypcp.lab.files import write
from pypcp.postgres import configfile, conninfo
from pypcp.rejoin.facts import Request
from pypcp.rejoin.refusals import Refused
from pypcp.rejoin.verdict import Verdict

from .other_postgres import Steps, bring_back, fail_over, lab_of, rejoin, sql

pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]
only_10 = pytest.mark.parametrize("pair", ["10"], indirect=True)


@pytest.fixture(params=["10", "11"])
def pair(request: pytest.FixtureRequest) -> Iterator[Workshop]:
    """A lab of that version: node 0 primary, node 1 its standby by recovery.conf."""
    with lab_of(request.param) as shop:
        yield shop


def rows(shop: Workshop, node: LabNode) -> str:
    return sql(shop, node, "SELECT count(*), sum(n) FROM told")


def write_row(shop: Workshop, node: LabNode, number: int) -> None:
    sql(shop, node, f"INSERT INTO told VALUES ({number})")


def test_a_failed_primary_follows_by_recovery_conf(pair: Workshop) -> None:
    """There and back again: each node was a primary and a standby, and recovery.done became recovery.conf."""
    sql(pair, pair.lab.node(0), "CREATE TABLE told (n int)")
    for round_trip in range(2):
        old, new = fail_over(pair)
        write_row(pair, new, round_trip)
        assert bring_back(pair, old.id) == ["configure", "start", "follow", "attach"]
        data = old.data
        conf = configfile.settings((data / "recovery.conf").read_text())
        followed = conninfo.parse(conf["primary_conninfo"])
        assert (followed["host"], followed["user"]) == (new.host, "repl")
        assert (conf["standby_mode"], conf["recovery_target_timeline"]) == ("on", "latest")
        assert not (data / "recovery.done").exists()
        assert (data / "recovery.conf").stat().st_mode & 0o777 == 0o600
        assert pair.look().is_whole
        assert rows(pair, old) == rows(pair, new)


def was_standby(shop: Workshop, node: LabNode, more: str) -> Path:
    """Give a node the recovery.done that it would have, had it been a standby before; gives its data directory."""
    write(
        node.data / "recovery.done",
        "standby_mode = 'on'\nprimary_conninfo = 'host=nowhere user=repl'\n" + more,
        shop.runner.user,
    )
    return node.data


def test_what_its_recovery_done_says_of_slot_and_trigger_stays(pair: Workshop) -> None:
    """And the slot that the new primary lacks is made there; a target of recovery is not kept."""
    old, new = fail_over(pair)
    more = f"primary_slot_name = 'node{old.id}'\ntrigger_file = 'promote it'\nrecovery_target_time = '2001-02-03'\n"
    data = was_standby(pair, old, more)
    assert "slot" in bring_back(pair, old.id)
    conf = configfile.settings((data / "recovery.conf").read_text())
    assert (conf["primary_slot_name"], conf["trigger_file"]) == (f"node{old.id}", "promote it")
    assert conninfo.parse(conf["primary_conninfo"])["host"] == new.host
    assert "recovery_target_time" not in conf
    assert sql(pair, new, "SELECT slot_name, active FROM pg_replication_slots") == f"node{old.id}|t"
    assert pair.look().is_whole


def test_a_trigger_file_that_lies_ready_refuses(pair: Workshop) -> None:
    """It would promote the node at once: nothing is touched."""
    old, _ = fail_over(pair)
    data = was_standby(pair, old, "trigger_file = 'promote it'\n")
    (data / "promote it").touch()
    before = sorted((path, path.stat().st_mtime_ns) for path in data.rglob("*"))
    with pytest.raises(Refused) as refused, rejoin(pair, old.id) as work:
        work.plan()
    assert [refusal.code for refusal in refused.value.refusals] == ["trigger-file"]
    assert sorted((path, path.stat().st_mtime_ns) for path in data.rglob("*")) == before


def test_a_base_backup_takes_the_place_of_the_directory(pair: Workshop) -> None:
    """With the node's own files in it; the old directory is kept."""
    sql(pair, pair.lab.node(0), "CREATE TABLE told (n int)")
    old, new = fail_over(pair)
    write_row(pair, new, 1)
    with (old.data / "pg_hba.conf").open("a") as file:
        file.write("# of this node alone\n")
    own_settings = (old.data / "postgresql.conf").read_text()
    with rejoin(pair, old.id, Request(method="basebackup")) as work:
        plan = work.plan()
        assert plan.verdict is Verdict.BASEBACKUP
        work.run(plan, Steps())
    assert pair.look().is_whole
    assert rows(pair, old) == rows(pair, new) == "1|1"
    assert (old.data / "pg_hba.conf").read_text().endswith("# of this node alone\n")
    assert (old.data / "postgresql.conf").read_text() == own_settings
    assert configfile.settings((old.data / "recovery.conf").read_text())["standby_mode"] == "on"
    assert not (old.data / "recovery.done").exists()
    assert [kept.name for kept in old.directory.glob("data.before-*")]


def test_a_former_primary_that_runs_again_is_fenced_and_rewound(pair: Workshop) -> None:
    """It is a second primary: it is stopped only when that is allowed, and when all that comes after it can be done."""
    sql(pair, pair.lab.node(0), "CREATE TABLE told (n int)")
    old, new = fail_over(pair)
    postgres.start(pair.runner, old)
    write_row(pair, old, -1)
    write_row(pair, new, 1)
    with pytest.raises(Refused) as refused, rejoin(pair, old.id) as work:
        work.plan()
    assert "target-running-as-primary" in [refusal.code for refusal in refused.value.refusals]
    allowed = Request(fence=True, discard_diverged=True)
    if pair.programs.postgres_version == 10:
        with pytest.raises(Refused) as refused, rejoin(pair, old.id, allowed) as work:
            work.plan()
        missing = next(refusal for refusal in refused.value.refusals if refusal.code == "tools-missing")
        assert "pg_rewind, pg_waldump" in missing.said
        assert sql(pair, old, "SELECT pg_is_in_recovery()") == "f"
        return
    assert "rewind" in bring_back(pair, old.id, allowed)
    assert pair.look().is_whole
    assert rows(pair, old) == rows(pair, new) == "1|1"


@only_10
def test_a_crashed_primary_is_left_alone_without_the_tool_to_read_its_wal(pair: Workshop) -> None:
    """Where its WAL ends cannot be known then, so neither can what would be lost."""
    old, _ = fail_over(pair, kill=True)
    with pytest.raises(Refused) as refused, rejoin(pair, old.id) as work:
        work.plan()
    codes = [refusal.code for refusal in refused.value.refusals]
    assert "no-wal-end" in codes or "tools-missing" in codes
    assert not (old.data / "recovery.conf").exists()
