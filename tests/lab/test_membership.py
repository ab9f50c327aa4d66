"""attach, detach and the rest on a real pair: what is told is what happened. And the drop-in beside pgpool's tools."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pypcp.lab import Workshop, break_primary, postgres, wait_for_failover
from pypcp_cli.dropin import shims

pytestmark = pytest.mark.lab

PYPCP = [str(Path(sys.executable).with_name("pypcp")), "--cluster", "lab"]
Ran = subprocess.CompletedProcess[str]


def run(*words: str) -> Ran:
    return subprocess.run([*PYPCP, *words], capture_output=True, text=True, timeout=55, stdin=subprocess.DEVNULL)


def status_of(node: int) -> str:
    return str(json.loads(run("node-info", "-n", str(node), "--json").stdout)["status"])


def test_a_node_out_of_service_and_back(fresh_lab: Workshop) -> None:
    refused = run("detach", "-n", "0")
    assert refused.returncode == 6 and "is the primary" in refused.stderr and status_of(0) in ("up", "waiting")

    detached = run("detach", "-n", "1")
    assert detached.returncode == 0, detached.stderr
    assert "is detached: down, standby" in detached.stdout and status_of(1) == "down"
    assert "is detached already" in run("detach", "-n", "1").stdout

    attached = run("attach", "127.0.0.3")
    assert attached.returncode == 0, attached.stderr
    assert "is attached: waiting, standby, PostgreSQL says standby" in attached.stdout
    assert "is attached already" in run("attach", "-n", "1").stdout


def test_a_node_whose_server_is_dead_is_thrown_out_again(fresh_lab: Workshop) -> None:
    node = fresh_lab.lab.node(1)
    assert run("detach", "-n", "1").returncode == 0
    postgres.stop(fresh_lab.runner, node)
    try:
        ran = run("attach", "-n", "1", "--timeout", "40")
    finally:
        postgres.start(fresh_lab.runner, node)
    assert ran.returncode == 1 and ran.stdout == ""
    assert "does not answer pgpool" in ran.stderr and "threw it out again" in ran.stderr
    assert run("attach", "-n", "1").returncode == 0


def test_the_drop_in_prints_what_pgpools_tools_print(fresh_lab: Workshop, tmp_path: Path) -> None:
    shims.write(tmp_path)
    lab = fresh_lab.lab
    target = ["-h", "127.0.0.1", "-p", str(lab.pcp_port), "-U", "pgpool", "-w"]
    environment = {**os.environ, "PCPPASSFILE": str(lab.pcppass), "TZ": "Asia/Tokyo"}

    def call(program: str | None, words: list[str]) -> Ran:
        return subprocess.run(
            [str(program), *target, *words], capture_output=True, text=True, env=environment, timeout=30, check=False
        )

    for tool, *words in (
        ["pcp_node_count", "-d"],
        ["pcp_node_info"],
        ["pcp_node_info", "-v", "1"],
        ["pcp_node_info", "-n", "9"],
        ["pcp_proc_count", "-v"],
        ["pcp_proc_info", "-a"],
        ["pcp_pool_status"],
        ["pcp_watchdog_info"],
        ["pcp_reload_config", "-d"],
    ):
        theirs, ours = call(shutil.which(tool), words), call(str(tmp_path / tool), words)
        assert (_timeless(ours.stdout), ours.stderr) == (_timeless(theirs.stdout), theirs.stderr)
        assert bool(ours.returncode) == bool(theirs.stderr)


def _timeless(printed: str) -> str:
    """Without what counts down by the second: it may pass between two calls."""
    return re.sub(r"\(\d+:\d\d before process restarting\)", "(soon)", printed)


def test_a_second_primary_is_not_attached_and_pgpool_stops(
    fresh_lab: Workshop, eventually: Callable[..., None]
) -> None:
    failed = break_primary(fresh_lab)
    assert wait_for_failover(fresh_lab, failed)
    postgres.start(fresh_lab.runner, failed)  # as the primary that it was
    eventually(lambda: json.loads(run("node-info", "-n", str(failed.id), "--json").stdout)["pg_role"] == "primary")

    ran = run("attach", "-n", str(failed.id))
    assert (ran.returncode, ran.stdout) == (6, "")
    assert "says that it is a primary, and so is node 1" in ran.stderr and status_of(failed.id) == "down"

    stopped = run("stop-pgpool", "--mode", "fast", "--yes")
    assert stopped.returncode == 0 and "has stopped" in stopped.stdout
    assert run("node-count").returncode == 3
