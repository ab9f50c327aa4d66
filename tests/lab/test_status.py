"""The status of a real cluster in the states that operators meet, the events that lead there, and the metrics."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pypcp.lab import Workshop, break_primary, wait_for_failover

pytestmark = pytest.mark.lab

PYPCP = [str(Path(sys.executable).with_name("pypcp")), "--cluster", "lab"]
Eventually = Callable[..., None]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PYPCP, *arguments], capture_output=True, text=True, timeout=50)


def status(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("status", "--json", *arguments).stdout)
    return found


def kinds() -> list[str]:
    return [problem["kind"] for problem in status()["problems"]]


def test_the_life_of_a_pair(fresh_lab: Workshop, eventually: Eventually) -> None:
    eventually(lambda: run("status").returncode == 0, within=20)
    healthy = status()
    assert healthy["healthy"]
    assert healthy["version"]
    assert [node["postgres"]["in_recovery"] for node in healthy["nodes"]] == [False, True]
    assert run("status", "--nagios").stdout.startswith("PGPOOL OK - 2 of 2 nodes")
    by_psql = status("--psql")
    assert by_psql["version"] == healthy["version"]
    assert [node["postgres"].keys() for node in by_psql["nodes"]] == [
        node["postgres"].keys() for node in healthy["nodes"]
    ]

    _a_frozen_standby_costs_no_more_than_the_deadline(fresh_lab, eventually)
    _detached_but_streaming(eventually)
    _failed_over(fresh_lab, eventually)


def _a_frozen_standby_costs_no_more_than_the_deadline(lab: Workshop, eventually: Eventually) -> None:
    pid = int((lab.lab.node(1).data / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        frozen = status("--deadline", "2")
        assert time.monotonic() - began < 8
    finally:
        os.kill(pid, signal.SIGCONT)
    assert not frozen["healthy"]
    silent = {source["name"] for source in frozen["sources"] if source["error"]}
    assert "SQL node 1" in silent
    assert "SQL node 0" not in silent
    eventually(lambda: run("status").returncode == 0, within=30)


def _detached_but_streaming(eventually: Eventually) -> None:
    assert run("detach", "-n", "1").returncode == 0
    problem = status()["problems"][0]
    assert problem["kind"] in ("down_but_streaming", "stale_status")
    assert problem["mend"] == "pypcp attach -n 1"
    assert run("attach", "-n", "1").returncode == 0
    eventually(lambda: run("status").returncode == 0, within=20)


def _failed_over(lab: Workshop, eventually: Eventually) -> None:
    with subprocess.Popen([*PYPCP, "watch", "--json", "--interval", "0.3"], stdout=subprocess.PIPE, text=True) as watch:
        assert watch.stdout
        assert json.loads(watch.stdout.readline())["event"] == "pgpool"
        failed = break_primary(lab)
        wait_for_failover(lab, failed, 30)
        seen = []
        for line in watch.stdout:
            seen.append(json.loads(line))
            if seen[-1]["event"] == "failover":
                break
        watch.terminate()
    assert seen[-1]["node"] == 1
    assert "node_down" in [event["event"] for event in seen]
    eventually(lambda: kinds() == ["down"], within=10)
    done = run("status")
    assert done.returncode == 1
    assert "pypcp --cluster lab rejoin 0" in done.stdout
    assert "\x1b" not in done.stdout
    assert run("status", "--nagios").returncode == 1


def test_metrics_of_a_real_pgpool(lab: Workshop) -> None:
    done = run("exporter", "--once")
    assert done.returncode == 0, done.stderr
    for sample in (
        "pgpool2_up 1.0",
        "pgpool2_frontend_total ",
        "pgpool2_pool_backend_stats_select_cnt{",
        "pgpool2_pool_health_check_stats_total_count{",
        "pgpool2_pool_cache_cache_hit_ratio ",
        "pypcp_postgres_timeline{",
    ):
        assert f"\n{sample}" in done.stdout, sample
    by_pcp = run("exporter", "--once", "--no-sql").stdout
    assert "\npypcp_node_role_code{" in by_pcp
    assert "pgpool2_pool_nodes_select_cnt" not in by_pcp
