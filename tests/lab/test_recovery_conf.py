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
from pypcp.lab.programs import Programs, find_programs
from pypcp.lab.status import client
from pypcp.postgres import configfile, conninfo
from pypcp.rejoin.facts import Request
from pypcp.rejoin.plan import Step
from pypcp.rejoin.pool import PcpPool, find
from pypcp.rejoin.workflow import Rejoin
from tests.lab.conftest import lab_ground, new_lab

pytestmark = [pytest.mark.lab, pytest.mark.timeout(120)]
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

    def ended(self, step: Step, seconds: float, said: str, already: bool) -> None:
        pass


def rejoin(shop: Workshop, node_id: int) -> Rejoin:
    """A rejoin of the node, all hosts being this one."""
    pool = PcpPool(client(shop.lab))
    return Rejoin(
        pool,
        find(pool.nodes(), str(node_id)),
        lambda _: LocalHost(),
        Request(),
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
