"""Kill something at a random moment of a rejoin, as often as PYPCP_KILLS says: the next run must finish the job.

Rows prove after each that nothing which the surviving primary has acknowledged is missing, and that the failed node has
nothing of its own left.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pypcp.lab import LabNode, Workshop, postgres
from pypcp.lab.processes import wait_until

from .conftest import running_lab
from .program import PROGRAM, Sql, pypcp
from .test_rejoin import assert_same, diverge, fail_over, rejoin

KILLS = int(os.environ.get("PYPCP_KILLS", "6"))
SEED = int(os.environ.get("PYPCP_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 30)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def shop() -> Iterator[Workshop]:
    with running_lab() as shop:
        postgres.sql(shop.runner, shop.lab, shop.lab.node(0), "CREATE TABLE t (n int)")
        big = "CREATE TABLE big AS SELECT g, repeat(md5(g::text), 20) t FROM generate_series(1, 40000) g"
        postgres.sql(shop.runner, shop.lab, shop.lab.node(0), big)
        yield shop


def pids(of: str, node: LabNode) -> list[int]:
    """The processes of this program that work on the node's data directory."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = Path("/proc", entry, "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"/" + of.encode()) and any(os.fsencode(node.data) in word for word in words):
            found.append(int(entry))
    return found


def kill_somebody(victim: str, node: LabNode, child: subprocess.Popen[bytes]) -> None:
    """``pypcp`` itself, or that program on the node's directory if it runs now."""
    targets = [child.pid] if victim == "pypcp" else pids(victim, node)
    for pid in targets:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


@pytest.mark.parametrize("number", range(KILLS))
def test_a_kill_at_any_moment_is_made_good_by_the_next_run(
    shop: Workshop, sql: Sql, number: int, request: pytest.FixtureRequest
) -> None:
    request.node.add_report_section("call", "seed", f"PYPCP_SEED={SEED}")
    chance = random.Random(SEED + number)
    is_rewound = chance.random() < 0.75
    if is_rewound:
        lost = "UPDATE big SET t = 'lost' WHERE g % 5 = 0; INSERT INTO t VALUES (-1)"
        failed, promoted = diverge(shop, sql, kill=chance.random() < 0.5, lost=lost)
        sql(promoted, "UPDATE big SET t = md5(t) || repeat('x', 600) WHERE g % 2 = 0")
    else:
        failed, promoted = fail_over(shop, kill=chance.random() < 0.5)
    sql(promoted, f"INSERT INTO t VALUES ({1000 + number})")
    for _ in range(chance.choice([1, 1, 2])):
        victim = chance.choice(["pypcp", "pypcp", "pg_rewind", "pg_rewind", "postgres"])
        delay = chance.uniform(0.2, 2.5)
        command = [PROGRAM, "rejoin", str(failed.id), "--yes", "--discard-diverged", "--cluster", "lab"]
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        kill_somebody(victim, failed, child)
        child.wait()

    tries: list[subprocess.CompletedProcess[str]] = []

    def is_mended() -> bool:  # not at once when pgpool has not found out yet, or a step or a backend still ends
        tries.append(pypcp("rejoin", str(failed.id), "--yes", "--discard-diverged"))
        return tries[-1].returncode == 0

    assert wait_until(is_mended, 60), f"exit {tries[-1].returncode}\n{tries[-1].stdout}{tries[-1].stderr}"
    assert_same(sql, failed, promoted)
    assert sql(failed, "SELECT count(*) FROM t WHERE n = -1") == "0"
    assert sql(failed, f"SELECT count(*) FROM t WHERE n = {1000 + number}") == "1"
    assert "nothing to do" in rejoin(failed)
