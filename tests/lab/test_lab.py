"""The lab on real servers: what it starts, what it survives, and that it leaves nothing behind."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pypcp import config
from pypcp.errors import OperationFailed, WrongUsage
from pypcp.lab import Lab, Workshop, break_primary, cluster, down, load, up, wait_for_failover
from pypcp.lab.passwords import SUPERUSER
from pypcp.lab.postgres import sql
from pypcp.lab.programs import Programs, find_programs, server_user

from .conftest import is_root, new_lab
from .program import run

pytestmark = pytest.mark.lab

Eventually = Callable[..., None]


def through_pgpool(shop: Workshop, statement: str) -> str:
    """What psql prints for a session through pgpool."""
    lab = shop.lab
    where = f"host=127.0.0.1 port={lab.port} user={SUPERUSER} dbname=postgres passfile='{lab.pgpass}'"
    return shop.runner.run([shop.runner.bindir / "psql", "-X", "-q", "-A", "-t", "-d", where], stdin=statement).strip()


def assert_nothing_is_left(ground: Path, lab: Lab) -> None:
    """No directory, no profile, no process, no shared memory of the lab's."""
    assert not lab.directory.exists()
    assert not config.cluster_file(lab.name).exists()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            place = os.readlink(f"/proc/{pid}/cwd")
        except OSError:
            continue
        assert str(ground) not in place, f"process {pid} {command!r} in {place}"
        assert os.fsencode(lab.directory) not in command or int(pid) == os.getpid(), command


# What a lab is


def test_all_nodes_are_up_and_one_is_primary(lab: Workshop) -> None:
    now = lab.look()
    assert now.is_whole, now
    assert [node.state for node in now.nodes] == ["primary", "standby of 127.0.0.2"]


def test_rows_that_go_in_through_pgpool_reach_the_standby(lab: Workshop, eventually: Eventually) -> None:
    through_pgpool(lab, "CREATE TABLE reached AS SELECT 42 AS answer")
    eventually(lambda: sql(lab.runner, lab.lab, lab.lab.node(1), "SELECT to_regclass('reached')"))
    assert sql(lab.runner, lab.lab, lab.lab.node(1), "SELECT answer FROM reached") == "42"


def test_servers_do_not_run_as_root(lab: Workshop) -> None:
    pids = lab.runner.processes(lab.lab.directory)
    assert len(pids) > 20
    assert {os.stat(f"/proc/{pid}").st_uid for pid in pids} == {server_user().pw_uid} != {0}


def test_nobody_gets_in_without_a_password(lab: Workshop) -> None:
    for host, port in (("127.0.0.2", lab.lab.postgres_port), ("127.0.0.1", lab.lab.port)):
        where = f"host={host} port={port} user={SUPERUSER} dbname=postgres passfile=/dev/null"
        with pytest.raises(OperationFailed, match="password"):
            lab.runner.run([lab.runner.bindir / "psql", "-X", "-w", "-d", where], stdin="SELECT 1")


def test_passwords_are_in_files_of_their_own_only(lab: Workshop) -> None:
    secrets = [
        line.rpartition(":")[2] for file in (lab.lab.pgpass, lab.lab.pcppass) for line in file.read_text().split()
    ]
    assert len(secrets) == 4
    holders = [
        file
        for file in lab.lab.directory.rglob("*")
        if file.is_file() and any(secret.encode() in file.read_bytes() for secret in secrets)
    ]
    assert {file.name for file in holders} == {"pgpass", "pcppass", "pool_passwd"}
    assert all(file.stat().st_mode & 0o077 == 0 for file in holders)
    shown = subprocess.run(["ps", "axeww"], capture_output=True, text=True).stdout
    assert not any(secret in shown for secret in secrets)


def test_the_profile_is_enough_to_ask_pgpool(lab: Workshop) -> None:
    done = run("--cluster", "lab", "node-info")
    assert done.returncode == 0, done.stderr
    assert "127.0.0.2" in done.stdout and "127.0.0.3" in done.stdout


def test_a_second_up_says_that_it_is_up(lab: Workshop) -> None:
    before = lab.runner.processes(lab.lab.directory)
    done = run("lab", "up", "--dir", str(lab.lab.directory))
    assert done.returncode == 0, done.stderr
    assert "already up" in done.stdout
    assert f"-p {lab.lab.port} " in done.stdout  # the lab's own port, not the default
    assert set(before) & set(lab.runner.processes(lab.lab.directory))


def test_status_tells_of_every_server(lab: Workshop) -> None:
    done = run("lab", "status", "--dir", str(lab.lab.directory))
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["Node", "0", "1", "pgpool"]


def test_a_lab_elsewhere_is_found_by_its_name(lab: Workshop) -> None:
    done = run("lab", "status", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["directory"] == str(lab.lab.directory)


@pytest.mark.parametrize("mask", [0o000, 0o077])
def test_whatever_the_umask(ground: Path, mask: int) -> None:
    lab = new_lab(ground / "not" / "there")
    before = os.umask(mask)
    try:
        up(lab)
    finally:
        os.umask(before)
    try:
        assert lab.pgpass.stat().st_mode & 0o777 == 0o600
        assert lab.directory.stat().st_mode & 0o066 == 0
    finally:
        down(lab)


# What is refused


def test_a_lab_is_not_made_on_ports_that_are_taken(lab: Workshop, ground: Path) -> None:
    twin = Lab(ground / "lab", 2, lab.lab.port, lab.lab.pcp_port, lab.lab.postgres_port, name="twin")
    with pytest.raises(OperationFailed) as caught:
        up(twin)
    for address in ("127.0.0.1", "127.0.0.2", "127.0.0.3"):
        assert address in caught.value.said
    assert "pgpool (process" in caught.value.said and "postgres (process" in caught.value.said
    assert not twin.directory.exists()


def test_a_directory_that_is_no_lab_is_left_alone(ground: Path) -> None:
    lab = new_lab(ground)
    lab.directory.mkdir()
    (lab.directory / "thesis.txt").write_text("mine")
    with pytest.raises(WrongUsage, match="no lab"):
        up(lab)
    done = run("lab", "down", "--dir", str(lab.directory))
    assert "no lab" in done.stderr
    assert (lab.directory / "thesis.txt").read_text() == "mine"


@pytest.mark.skipif(not is_root(), reason="only root has another user run the servers")
def test_a_directory_that_postgres_cannot_reach_is_refused(ground: Path) -> None:
    closed = ground / "closed"
    closed.mkdir(mode=0o700)
    lab = new_lab(closed)
    with pytest.raises(OperationFailed) as caught:
        up(lab)
    assert str(closed) in caught.value.said and "postgres" in caught.value.said
    assert list(closed.iterdir()) == []


def test_a_lab_that_cannot_start_leaves_nothing_behind(ground: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = find_programs()
    bindir = ground / "bin"
    bindir.mkdir()
    bindir.chmod(0o755)
    for program in real.bindir.iterdir():
        (bindir / program.name).symlink_to(program)
    (bindir / "pg_basebackup").unlink()
    (bindir / "pg_basebackup").write_text("#!/bin/sh\necho 'no room today' >&2\nexit 1\n")
    (bindir / "pg_basebackup").chmod(0o755)
    broken = Programs(bindir, real.postgres_version, real.pgpool, real.pgpool_version)
    monkeypatch.setattr(cluster, "find_programs", lambda: broken)
    lab = new_lab(ground)
    with pytest.raises(OperationFailed, match="no room today"):
        up(lab)
    shutil.rmtree(bindir)
    assert_nothing_is_left(ground, lab)


# What it survives


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_start_leaves_nothing_behind(ground: Path, number: signal.Signals) -> None:
    lab = new_lab(ground)
    program = Path(sys.executable).with_name("pypcp")
    ports = ["--port", lab.port, "--pcp-port", lab.pcp_port, "--postgres-port", lab.postgres_port]
    for delay in sorted(random.uniform(0.15, 2.0) for _ in range(4)):
        process = subprocess.Popen(
            [program, "lab", "up", "--dir", lab.directory, *map(str, ports)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        time.sleep(delay)
        os.killpg(process.pid, number)  # the whole group, as a terminal does
        said, complained = process.communicate(timeout=40)
        if process.returncode == 0:
            assert "The lab is up" in said
            down(lab)
        assert "Traceback" not in complained, f"after {delay} s: {complained}"
        assert_nothing_is_left(ground, lab)


def test_down_keeps_the_data_when_told_so(ground: Path) -> None:
    lab = new_lab(ground)
    up(lab)
    shop = Workshop.of(lab)
    through_pgpool(shop, "CREATE TABLE kept AS SELECT 1 AS one")
    down(lab, keep=True)
    assert shop.runner.processes(lab.directory) == []
    assert not config.cluster_file(lab.name).exists()
    assert up(lab) == lab
    assert shop.look().is_whole
    assert through_pgpool(shop, "SELECT one FROM kept") == "1"
    down(lab)
    assert_nothing_is_left(ground, lab)


def test_a_former_primary_is_not_started_again_as_a_second_one(ground: Path) -> None:
    lab = new_lab(ground)
    up(lab)
    shop = Workshop.of(lab)
    failed = break_primary(shop)
    assert wait_for_failover(shop, failed) == lab.node(1)
    down(lab, keep=True)
    up(lab)
    assert shop.runner.main_process(lab.node(0).data) is None
    assert sql(shop.runner, lab, lab.node(1), "SELECT pg_is_in_recovery()") == "f"


def test_a_killed_primary_leaves_nothing_behind_either(ground: Path) -> None:
    lab = new_lab(ground)
    up(lab)
    shop = Workshop.of(lab)
    pidfile = (lab.node(0).data / "postmaster.pid").read_text().splitlines()
    assert break_primary(shop, kill=True) == lab.node(0)
    assert wait_for_failover(shop, lab.node(0)) == lab.node(1)
    status = run("lab", "status", "--dir", str(lab.directory))
    assert status.returncode == 1
    assert "stopped" in status.stdout and "up primary" in status.stdout
    down(lab)
    assert_nothing_is_left(ground, lab)
    segments = [line.split() for line in Path("/proc/sysvipc/shm").read_text().splitlines()]
    assert not [row for row in segments if row[4] == pidfile[0].strip()]


def test_down_ends_only_what_is_the_lab_s(ground: Path) -> None:
    lab = new_lab(ground)
    up(lab)
    shop = Workshop.of(lab)
    break_primary(shop, kill=True)
    with subprocess.Popen(["sleep", "60"], cwd=lab.directory) as bystander:
        try:
            # Process ids are given out anew: a pid file may name anybody.
            pidfile = lab.node(0).data / "postmaster.pid"
            pidfile.write_text(f"{bystander.pid}\n" + pidfile.read_text().partition("\n")[2])
            (lab.pgpool / "pgpool.pid").write_text(f"{bystander.pid}\n")
            down(lab)
            assert bystander.poll() is None
        finally:
            bystander.kill()


def test_every_other_standby_follows_the_new_primary(ground: Path, eventually: Eventually) -> None:
    lab = new_lab(ground, nodes=3)
    up(lab)
    shop = Workshop.of(lab)
    break_primary(shop)
    assert wait_for_failover(shop, lab.node(0)) == lab.node(1)

    def third_follows() -> bool:
        third = shop.look().nodes[2]
        return third.is_well and third.state == "standby of 127.0.0.3"

    eventually(third_follows, within=20)
    through_pgpool(shop, "CREATE TABLE followed AS SELECT 1 AS one")
    eventually(lambda: sql(shop.runner, lab, lab.node(2), "SELECT to_regclass('followed')"))


def test_only_the_owner_may_work_on_a_lab(ground: Path) -> None:
    lab = new_lab(ground)
    lab.directory.mkdir()
    lab.record.write_text(lab.as_json())
    if not is_root():
        pytest.skip("only root can give a file away")
    os.chown(lab.record, server_user().pw_uid, -1)
    with pytest.raises(OperationFailed, match="postgres"):
        load(lab.directory)
    lab.record.unlink()
