"""Rejoin on PostgreSQL 10 and 11, where a standby is made by recovery.conf: real servers behind a real pgpool.

Their packages have no psql, no pg_basebackup (those of the newest version here serve), and no pg_rewind.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pypcp.hosts.local import LocalHost
from pypcp.lab import Workshop, break_primary, cluster, postgres, up, wait_for_failover
from pypcp.lab.files import write
from pypcp.lab.programs import Programs, find_programs
from pypcp.lab.status import client
from pypcp.node_names import find
from pypcp.postgres import configfile, conninfo
from pypcp.rejoin.facts import Request
from pypcp.rejoin.plan import Step
from pypcp.rejoin.pool import PcpPool
from pypcp.rejoin.refusals import Refused
from pypcp.rejoin.verdict import Verdict
from pypcp.rejoin.watching import Amount
from pypcp.rejoin.workflow import Rejoin
from tests.lab.conftest import lab_ground, new_lab

pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def old_postgres() -> dict[str, Path]:
    """Where each old version is. Where they cannot be had the tests are skipped, but not in CI."""
    fetched = subprocess.run([ROOT / "scripts/old-postgres"], capture_output=True, text=True, timeout=110)
    if fetched.returncode:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(fetched.stderr.strip())
    return {version: Path(place) for version, place in map(str.split, fetched.stdout.splitlines())}


def programs_of(version: str, place: Path, bindir: Path) -> Programs:
    """The programs of an old version in a directory of their own, with what its package lacks."""
    here = find_programs()
    bindir.mkdir(mode=0o755)
    for name in ("initdb", "pg_ctl", "postgres"):
        (bindir / name).symlink_to(place / "bin" / name)
    for name in ("psql", "pg_basebackup"):
        (bindir / name).symlink_to(here.bindir / name)
    shutil.copy(Path(__file__).with_name("pg_controldata.py"), bindir / "pg_controldata")
    (bindir / "pg_controldata").chmod(0o755)
    return dataclasses.replace(here, bindir=bindir, postgres_version=int(version))


@pytest.fixture(params=["10", "11"])
def pair(request: pytest.FixtureRequest, old_postgres: dict[str, Path]) -> Iterator[Workshop]:
    """A lab of that version: node 0 primary, node 1 its standby by recovery.conf."""
    with lab_ground() as ground, pytest.MonkeyPatch.context() as patch:
        programs = programs_of(request.param, old_postgres[request.param], ground / "bin")
        patch.setattr(cluster, "find_programs", lambda: programs)
        patch.setattr(cluster, "OLDEST_POSTGRES", 10)
        lab = new_lab(ground)
        assert up(lab) == lab
        yield Workshop.of(lab)


class Silent:
    """Hears how a rejoin goes on, and keeps the steps."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def started(self, step: Step) -> None:
        self.keys.append(step.key)

    def progressed(self, step: Step, amount: Amount) -> None:
        pass

    def ended(self, step: Step, seconds: float, said: str, already: bool) -> None:
        pass


def rejoin(shop: Workshop, node_id: int, *, fence: bool = False, method: str = "auto") -> Rejoin:
    """A rejoin of the node, all hosts being this one."""
    pool = PcpPool(client(shop.lab))
    return Rejoin(
        pool,
        find(str(node_id), pool.nodes()),
        lambda _: LocalHost(),
        Request(fence=fence, method=method),
        timeout=30,
        bindir=str(shop.programs.bindir),
    )


def bring_back(shop: Workshop, node_id: int) -> list[str]:
    """Rejoin the node, as often as its plans say; gives the keys of the steps."""
    report = Silent()
    with rejoin(shop, node_id) as work:
        while True:
            plan = work.plan()
            work.run(plan, report)
            if not plan.again:
                return report.keys
            work.look()


def rows(shop: Workshop, node_id: int) -> str:
    return postgres.sql(shop.runner, shop.lab, shop.lab.node(node_id), "SELECT count(*), sum(n) FROM told")


def write_row(shop: Workshop, node_id: int, number: int) -> None:
    postgres.sql(shop.runner, shop.lab, shop.lab.node(node_id), f"INSERT INTO told VALUES ({number})")


def fail_over(shop: Workshop, kill: bool = False) -> tuple[int, int]:
    """The primary is gone, and pgpool has promoted the other: the ids of both."""
    old = break_primary(shop, kill)
    new = wait_for_failover(shop, old)
    assert new
    return old.id, new.id


def test_a_failed_primary_follows_by_recovery_conf(pair: Workshop) -> None:
    """There and back again: each node was a primary and a standby, and recovery.done became recovery.conf."""
    postgres.sql(pair.runner, pair.lab, pair.lab.node(0), "CREATE TABLE told (n int)")
    for round_trip in range(2):
        old, new = fail_over(pair)
        write_row(pair, new, round_trip)
        assert bring_back(pair, old) == ["configure", "start", "follow", "attach"]
        data = pair.lab.node(old).data
        conf = configfile.settings((data / "recovery.conf").read_text())
        followed = conninfo.parse(conf["primary_conninfo"])
        assert (followed["host"], followed["user"]) == (pair.lab.node(new).host, "repl")
        assert (conf["standby_mode"], conf["recovery_target_timeline"]) == ("on", "latest")
        assert not (data / "recovery.done").exists()
        assert (data / "recovery.conf").stat().st_mode & 0o777 == 0o600
        assert pair.look().is_whole
        assert rows(pair, old) == rows(pair, new)


def was_standby(shop: Workshop, node_id: int, more: str) -> Path:
    """Give a node the recovery.done that it would have, had it been a standby before; gives its data directory."""
    data = shop.lab.node(node_id).data
    write(
        data / "recovery.done",
        "standby_mode = 'on'\nprimary_conninfo = 'host=nowhere user=repl'\n" + more,
        shop.runner.user,
    )
    return data


def test_what_its_recovery_done_says_of_slot_and_trigger_stays(pair: Workshop) -> None:
    """And the slot that the new primary lacks is made there; a target of recovery is not kept."""
    old, new = fail_over(pair)
    more = f"primary_slot_name = 'node{old}'\ntrigger_file = 'promote it'\nrecovery_target_time = '2001-02-03'\n"
    data = was_standby(pair, old, more)
    assert "slot" in bring_back(pair, old)
    conf = configfile.settings((data / "recovery.conf").read_text())
    assert (conf["primary_slot_name"], conf["trigger_file"]) == (f"node{old}", "promote it")
    assert conninfo.parse(conf["primary_conninfo"])["host"] == pair.lab.node(new).host
    assert "recovery_target_time" not in conf
    told = postgres.sql(pair.runner, pair.lab, pair.lab.node(new), "SELECT slot_name, active FROM pg_replication_slots")
    assert told == f"node{old}|t"
    assert pair.look().is_whole


def test_a_trigger_file_that_lies_ready_refuses(pair: Workshop) -> None:
    """It would promote the node at once: nothing is touched."""
    old, _ = fail_over(pair)
    data = was_standby(pair, old, "trigger_file = 'promote it'\n")
    (data / "promote it").touch()
    before = sorted((path, path.stat().st_mtime_ns) for path in data.rglob("*"))
    with pytest.raises(Refused) as refused, rejoin(pair, old) as work:
        work.plan()
    assert [refusal.code for refusal in refused.value.refusals] == ["trigger-file"]
    assert sorted((path, path.stat().st_mtime_ns) for path in data.rglob("*")) == before


def test_a_base_backup_takes_the_place_of_the_directory(pair: Workshop) -> None:
    """With the node's own files in it; the old directory is kept."""
    postgres.sql(pair.runner, pair.lab, pair.lab.node(0), "CREATE TABLE told (n int)")
    old, new = fail_over(pair)
    write_row(pair, new, 1)
    node = pair.lab.node(old)
    with (node.data / "pg_hba.conf").open("a") as file:
        file.write("# of this node alone\n")
    own_settings = (node.data / "postgresql.conf").read_text()
    with rejoin(pair, old, method="basebackup") as work:
        plan = work.plan()
        assert plan.verdict is Verdict.BASEBACKUP
        work.run(plan, Silent())
    assert pair.look().is_whole
    assert rows(pair, old) == rows(pair, new) == "1|1"
    assert (node.data / "pg_hba.conf").read_text().endswith("# of this node alone\n")
    assert (node.data / "postgresql.conf").read_text() == own_settings
    assert configfile.settings((node.data / "recovery.conf").read_text())["standby_mode"] == "on"
    assert not (node.data / "recovery.done").exists()
    assert [kept.name for kept in node.directory.glob("data.before-*")]


def test_a_former_primary_that_runs_again_is_fenced_first(pair: Workshop) -> None:
    """It is a second primary: refused, unless stopping it is allowed; its WAL is past the fork, and that needs more."""
    old, new = fail_over(pair)
    postgres.start(pair.runner, pair.lab.node(old))
    with pytest.raises(Refused) as refused, rejoin(pair, old) as work:
        work.plan()
    assert "target-running-as-primary" in [refusal.code for refusal in refused.value.refusals]
    with rejoin(pair, old, fence=True) as work:
        plan = work.plan()
        assert (plan.verdict, plan.again) == (Verdict.STOP, True)
        work.run(plan, Silent())
        work.look()
        with pytest.raises(Refused) as refused:
            work.plan()
    missing = next(refusal for refusal in refused.value.refusals if refusal.code == "tools-missing")
    assert "pg_waldump" in missing.said or "pg_rewind" in missing.said
    assert pair.lab.node(new).data.joinpath("recovery.done").exists()


def test_a_crashed_primary_is_left_alone_without_the_tool_to_read_its_wal(pair: Workshop) -> None:
    """Where its WAL ends cannot be known then, so neither can what would be lost."""
    old, _ = fail_over(pair, kill=True)
    with pytest.raises(Refused) as refused, rejoin(pair, old) as work:
        work.plan()
    codes = [refusal.code for refusal in refused.value.refusals]
    assert "no-wal-end" in codes or "tools-missing" in codes
    assert not (pair.lab.node(old).data / "recovery.conf").exists()
