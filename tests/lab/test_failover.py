"""What pgpool calls after a failure, on a real cluster of three nodes whose pgpool itself calls nothing.

The tests follow on each other on one lab.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from pypcp.lab import LabNode, Workshop, postgres
from pypcp.pgpool.conf import PgpoolConf

from .conftest import running_lab
from .program import run

pytestmark = [pytest.mark.lab, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def shop() -> Iterator[Workshop]:
    with running_lab(nodes=3) as shop:
        file = shop.lab.pgpool / "pgpool.conf"
        conf = PgpoolConf.parse(file.read_text())
        file.write_text(conf.changed({"failover_command": "", "follow_primary_command": ""}).text)
        yield shop


def call(failed: LabNode, new: LabNode | None, old_primary: int) -> list[str]:
    """The words that pgpool puts into its command."""
    chosen = [str(new.id), new.host] if new else ["-1"]
    place = [str(new.port), str(new.data)] if new else []
    return [str(failed.id), failed.host, str(failed.port), str(failed.data), *chosen, "0", str(old_primary), *place]


def is_standby(shop: Workshop, node: LabNode) -> bool:
    return postgres.sql(shop.runner, shop.lab, node, "SELECT pg_is_in_recovery()").strip() == "t"


def test_nothing_is_promoted_while_the_primary_serves(shop: Workshop) -> None:
    assert run("--cluster", "lab", "reload-config").returncode == 0
    first, second, third = map(shop.lab.node, range(3))

    done = run("failover", *call(third, first, 0))
    assert done.returncode == 0 and "was a standby" in done.stderr
    done = run("failover", *call(first, second, -1))
    assert done.returncode == 6 and "still streams from one" in done.stderr
    done = run("failover", *call(first, None, 0))
    assert done.returncode == 1 and "no node is left" in done.stderr
    done = run("failover", *call(first, second, 0), "--dry-run")
    assert done.returncode == 0 and "would be promoted" in done.stderr and "two primaries" in done.stderr
    assert is_standby(shop, second) and is_standby(shop, third)


def test_from_the_failure_to_a_standby_that_follows(shop: Workshop, eventually: Callable[..., None]) -> None:
    lab = shop.lab
    first, second, third = map(lab.node, range(3))
    postgres.stop(shop.runner, first)
    log = lab.directory.parent / "failover.log"
    done = run("failover", *call(first, second, 0), "--json", "--log", str(log))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["promoted"] and 0 < json.loads(done.stdout)["seconds"] < 30
    assert not is_standby(shop, second)
    assert "is the primary, after" in log.read_text()
    done = run("failover", *call(first, second, 0))
    assert done.returncode == 0 and "a primary already" in done.stderr

    def pgpool_knows() -> bool:
        nodes = json.loads(run("--cluster", "lab", "node-info", "--json").stdout or "[]")
        return [node["role"] for node in nodes[:2]] == ["standby", "primary"] and nodes[0]["status"] == "down"

    eventually(pgpool_knows, 30)
    run("--cluster", "lab", "detach", "2")
    done = run("follow-primary", "--cluster", "lab", *call(third, second, 0))
    assert done.returncode == 0, done.stderr
    assert f"node 2 ({third.host}:{third.port}) follows node 1" in done.stderr
    follows = "SELECT sender_host FROM pg_stat_wal_receiver WHERE status = 'streaming'"
    assert postgres.sql(shop.runner, lab, third, follows).strip() == second.host
    done = run("follow-primary", "--cluster", "lab", *call(first, second, 0))
    assert done.returncode == 0 and "is stopped and left alone" in done.stderr
