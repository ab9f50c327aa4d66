"""The laboratory itself: what the other tests here stand on."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hosts.lab.machine import REPOSITORY
from tests.hosts.lab.pair import Pair
from tests.hosts.lab.postgres import Layout, Template
from tests.hosts.lab.waiting import eventually

pytestmark = pytest.mark.hosts


@pytest.mark.parametrize("pair", list(Layout), indirect=True, ids=lambda layout: layout.name.lower())
def test_the_standby_takes_over_when_the_primary_stops(pair: Pair) -> None:
    pair.postgres[pair.ser].sql("CREATE TABLE seen (n int); INSERT INTO seen VALUES (1)", "app")

    pair.postgres[pair.ser].stop()

    pair.pgpool.wait_for("standby down", "primary up")
    assert pair.postgres[pair.bak].is_primary()
    assert pair.postgres[pair.bak].sql("SELECT n FROM seen", "app") == "1"


def test_pgpool_does_not_promote_when_the_standby_fails(pair: Pair) -> None:
    pair.postgres[pair.bak].kill()

    pair.pgpool.wait_for("primary up", "standby down")
    assert pair.postgres[pair.ser].is_primary()


def test_clients_reach_the_pair_through_pgpool(pair: Pair) -> None:
    conninfo = f"host={pair.adm.name} port=9999 user=app dbname=app"

    shown = pair.ser.run(["psql", "-XAtc", "SELECT inet_server_addr() IS NOT NULL", conninfo])

    assert shown.stdout == "t\n"


@pytest.mark.parametrize("user", ["root", "postgres"])
def test_every_host_reaches_every_host_by_ssh_with_host_keys_checked(pair: Pair, user: str) -> None:
    for here in pair.hosts:
        for there in pair.hosts:
            ssh = [
                "ssh",
                "-o",
                "BatchMode=yes",
                "-o",
                "StrictHostKeyChecking=yes",
                f"postgres@{there.name}",
                "hostname",
            ]
            assert here.run(ssh, user=user).stdout == f"{there.name}\n"


def test_a_host_without_power_is_dead_and_keeps_its_files(pair: Pair) -> None:
    ser = pair.ser
    ser.run(["touch", "/tmp/before"])
    ser.power_off()
    pair.pgpool.wait_for("standby down", "primary up")

    pair.boot(ser)

    assert pair.postgres[ser].processes() == []
    assert ser.path("/var/lib/postgresql").is_dir()
    assert "before" not in ser.run(["ls", "/tmp"]).stdout.split()


def test_a_host_without_its_cable_runs_on_alone(pair: Pair) -> None:
    pair.ser.unplug()

    pair.pgpool.wait_for("standby down", "primary up")
    assert pair.postgres[pair.ser].is_primary()
    assert pair.postgres[pair.bak].is_primary()

    pair.ser.plug()
    assert pair.adm.run(["ssh", "-o", "BatchMode=yes", pair.ser.name, "echo back"]).stdout == "back\n"


def test_a_host_can_write_nothing_of_the_machine(pair: Pair) -> None:
    outside = REPOSITORY / "written-by-a-host"

    written = pair.ser.run(["touch", str(outside), "/etc/written-by-a-host"], check=False)

    assert written.returncode == 1
    assert not outside.exists()


def test_nothing_is_left_when_the_owner_is_killed(template: Template, tmp_path: Path) -> None:
    del template  # only for its check of what the laboratory needs
    up = [sys.executable, "-m", "tests.hosts.lab", "up", "--name", "killed"]
    keeper = subprocess.Popen(
        up, cwd=REPOSITORY, env={**os.environ, "TMPDIR": str(tmp_path)}, stderr=subprocess.PIPE, text=True
    )
    assert keeper.stderr is not None
    assert keeper.stderr.readline().startswith("Up: ")
    mine = {os.readlink("/proc/self/ns/mnt")}
    made = _namespaces(_descendants(keeper.pid)) - mine
    assert len(made) == 4  # the rack and three hosts

    keeper.send_signal(signal.SIGKILL)
    keeper.communicate()

    eventually(lambda: not made & _namespaces(_all_processes()), within=10, what="the end of every process")


def _all_processes() -> set[int]:
    return {int(path.name) for path in Path("/proc").glob("[0-9]*")}


def _descendants(ancestor: int) -> set[int]:
    parents = {pid: _parent(pid) for pid in _all_processes()}
    found = {ancestor}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _parent(pid: int) -> int:
    with contextlib.suppress(OSError):  # it ended meanwhile
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


def _namespaces(pids: set[int]) -> set[str]:
    """The mount namespaces that these processes live in."""
    return {_namespace(pid) for pid in pids} - {""}


def _namespace(pid: int) -> str:
    with contextlib.suppress(OSError):  # it ended meanwhile
        return os.readlink(f"/proc/{pid}/ns/mnt")
    return ""
