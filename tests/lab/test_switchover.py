"""``pypcp switchover`` on a real cluster on this machine, under a client that writes all the time.

The tests of this module follow on each other on one lab: each leaves a pair that streams.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pypcp.lab import LabNode, Workshop, postgres
from pypcp.lab.processes import wait_until

from .conftest import running_lab
from .ledger import TABLE, Ledger

pytestmark = [pytest.mark.lab, pytest.mark.timeout(180)]
Sql = Callable[[LabNode, str], str]
PROGRAM = str(Path(sys.executable).with_name("pypcp"))


@pytest.fixture(scope="module")
def shop() -> Iterator[Workshop]:
    with running_lab() as shop:
        postgres.sql(shop.runner, shop.lab, shop.lab.node(0), TABLE)
        yield shop


@pytest.fixture(scope="module")
def sql(shop: Workshop) -> Sql:
    return lambda node, statement: postgres.sql(shop.runner, shop.lab, node, statement).strip()


def pypcp(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROGRAM, *arguments, "--cluster", "lab"], capture_output=True, text=True, timeout=150)


def switchover(node: LabNode, *options: str) -> dict[str, Any]:
    """It succeeds; its result."""
    done = pypcp("switchover", str(node.id), "--yes", "--json", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    last: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert last["result"] == "done"
    return last


def refused(node: LabNode, *options: str) -> set[str]:
    """It refuses; the codes of its reasons."""
    done = pypcp("switchover", str(node.id), "--yes", "--json", *options)
    assert done.returncode == 6, done.stdout + done.stderr
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["result"] == "refused"
    return {reason["code"] for reason in last["reasons"]}


def ends(shop: Workshop) -> tuple[LabNode, LabNode]:
    """The primary and the standby."""
    (primary,) = shop.look().primaries
    (standby,) = (node for node in shop.lab.all_nodes if node != primary)
    return primary, standby


def missing(sql: Sql, node: LabNode, numbers: list[int]) -> set[int]:
    """Which of them the node has not."""
    return set(numbers) - set(map(int, sql(node, "SELECT n FROM ledger").split()))


def assert_nothing_is_lost(shop: Workshop, sql: Sql, acknowledged: list[int]) -> None:
    primary, standby = ends(shop)
    position = sql(primary, "SELECT pg_current_wal_lsn()")
    assert wait_until(lambda: sql(standby, f"SELECT pg_last_wal_replay_lsn() >= '{position}'") == "t", 20)
    assert not missing(sql, primary, acknowledged)
    assert not missing(sql, standby, acknowledged)


def test_there_and_back_again_without_losing_a_commit(shop: Workshop, sql: Sql) -> None:
    acknowledged: list[int] = []
    for first in (1_000_000, 2_000_000):
        primary, standby = ends(shop)
        with Ledger(shop.lab, first) as ledger:
            assert ledger.goes_on()
            result = switchover(standby, "--rewind")
            assert ledger.goes_on()
        acknowledged += ledger.acknowledged

        assert ends(shop) == (standby, primary)
        assert result["verdict"] in ("start", "rewind")  # pgpool may promote while the primary stops
        assert 0 < result["seconds_without_writes"] <= result["seconds_until_pgpool"]
        assert ledger.gap < result["seconds_until_pgpool"] + 5
        print(f"measured: {result}, the client's longest gap {ledger.gap:.2f} s, {len(ledger.acknowledged)} commits")  # noqa: T201
        assert_nothing_is_lost(shop, sql, acknowledged)


def test_a_dry_run_shows_the_commands_and_changes_nothing(shop: Workshop) -> None:
    primary, standby = ends(shop)

    done = pypcp("switchover", standby.host, "--dry-run")

    assert done.returncode == 0 and "pg_ctl stop" in done.stdout and standby.host in done.stdout
    plan = json.loads(pypcp("switchover", standby.host, "--dry-run", "--json").stdout)
    assert [step["key"] for step in plan["steps"]] == ["checkpoint", "stop", "received", "promote", "pgpool"]
    assert ends(shop) == (primary, standby)
    unasked = pypcp("switchover", standby.host)
    assert unasked.returncode == 2 and "--yes" in unasked.stderr
