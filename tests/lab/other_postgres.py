"""Labs of PostgreSQL versions other than this machine's, from what scripts/other-postgres fetches."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from pypcp.errors import ConnectionBroken
from pypcp.hosts.local import LocalHost
from pypcp.lab import LabNode, Workshop, break_primary, cluster, postgres, up, wait_for_failover
from pypcp.lab.programs import Programs, find_programs
from pypcp.lab.status import client
from pypcp.node_names import find
from pypcp.rejoin.facts import Request
from pypcp.rejoin.nodes import PoolNode
from pypcp.rejoin.plan import Step
from pypcp.rejoin.pool import PcpPool
from pypcp.rejoin.watching import Amount
from pypcp.rejoin.workflow import Rejoin

from .conftest import lab_ground, new_lab

T = TypeVar("T")
FETCH = Path(__file__).parents[2] / "scripts/other-postgres"
NEVER_SKIPPED_IN_CI = {"10", "11"}  # of each of the two registries one


@functools.cache
def fetched() -> tuple[dict[str, Path], dict[str, str]]:
    """By major version: where its directory is, and of the others why there is none."""
    done = subprocess.run([FETCH], capture_output=True, text=True, timeout=110)
    places = {version: Path(place) for version, place in map(str.split, done.stdout.splitlines())}
    return places, {line.partition(":")[0]: line for line in done.stderr.splitlines()}


def place_of(version: str) -> Path:
    """The directory of that major version. Without one the test is skipped, and says why."""
    places, reasons = fetched()
    if version not in places:
        why = reasons.get(version) or reasons.get("all", f"scripts/other-postgres has no PostgreSQL {version}")
        (pytest.fail if os.environ.get("CI") == "true" and version in NEVER_SKIPPED_IN_CI else pytest.skip)(why)
    return places[version]


def programs_of(version: str, bindir: Path) -> Programs:
    """That version's programs. For a package without psql and pg_basebackup, those of this machine beside its own."""
    here = find_programs()
    if version == str(here.postgres_version):
        return here
    place = place_of(version) / "bin"
    if not (place / "pg_rewind").exists():
        bindir.mkdir(mode=0o755)
        for program in place.iterdir():
            (bindir / program.name).symlink_to(program)
        for name in ("psql", "pg_basebackup"):
            (bindir / name).symlink_to(here.bindir / name)
        shutil.copy(Path(__file__).with_name("pg_controldata.py"), bindir / "pg_controldata")
        (bindir / "pg_controldata").chmod(0o755)
        place = bindir
    return dataclasses.replace(here, bindir=place, postgres_version=int(version))


@contextlib.contextmanager
def lab_of(version: str) -> Iterator[Workshop]:
    """A lab of that version, up: node 0 primary, node 1 its standby."""
    with lab_ground() as ground, pytest.MonkeyPatch.context() as patch:
        programs = programs_of(version, ground / "bin")
        patch.setattr(cluster, "find_programs", lambda: programs)
        patch.setattr(cluster, "OLDEST_POSTGRES", 10)
        lab = new_lab(ground)
        assert up(lab) == lab
        yield Workshop.of(lab)


class Steps:
    """Hears how a rejoin goes on, and keeps the steps' keys."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def started(self, step: Step) -> None:
        self.keys.append(step.key)

    def progressed(self, step: Step, amount: Amount) -> None:
        pass

    def ended(self, step: Step, seconds: float, said: str, already: bool) -> None:
        pass


def patiently(ask: Callable[[], T]) -> T:
    """Asks again when pgpool just renews its PCP processes, as it does after each failover."""
    end = time.monotonic() + 20
    while True:
        try:
            return ask()
        except ConnectionBroken:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


class PatientPool(PcpPool):
    def nodes(self) -> list[PoolNode]:
        return patiently(super().nodes)


def rejoin(shop: Workshop, node_id: int, request: Request = Request()) -> Rejoin:  # noqa: B008 (it is frozen)
    """A rejoin of the node, all hosts being this one."""
    pool = PatientPool(patiently(lambda: client(shop.lab)))
    bindir = str(shop.programs.bindir)
    return Rejoin(pool, find(str(node_id), pool.nodes()), lambda _: LocalHost(), request, timeout=30, bindir=bindir)


def bring_back(shop: Workshop, node_id: int, request: Request = Request()) -> list[str]:  # noqa: B008
    """Rejoin the node, as often as its plans say; gives the keys of the steps."""
    steps = Steps()
    with rejoin(shop, node_id, request) as work:
        while True:
            plan = work.plan()
            work.run(plan, steps)
            if not plan.again:
                return steps.keys
            work.look()


def fail_over(shop: Workshop, kill: bool = False) -> tuple[LabNode, LabNode]:
    """The primary is gone, and pgpool has promoted the other: both."""
    old = break_primary(shop, kill)
    new = wait_for_failover(shop, old)
    assert new
    return old, new


def sql(shop: Workshop, node: LabNode, text: str) -> str:
    """What psql prints for it on that node."""
    return postgres.sql(shop.runner, shop.lab, node, text)
