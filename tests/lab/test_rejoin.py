"""``pypcp rejoin`` on a real cluster on this machine: each trap that was measured, set up and walked into.

The tests of this module follow on each other on one lab: each leaves a pair that streams.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pypcp.hosts.local import LocalHost
from pypcp.lab import LabNode, Workshop, break_primary, postgres, wait_for_failover
from pypcp.lab.processes import wait_until
from pypcp.postgres.look import look
from pypcp.rejoin.reserve import reserved

from .conftest import running_lab
from .program import PROGRAM, Sql, pypcp, reasons

pytestmark = [pytest.mark.lab, pytest.mark.timeout(120)]
LOST = "INSERT INTO t VALUES (-1)"  # what only the failed primary has
TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
BIG = "CREATE TABLE IF NOT EXISTS big AS SELECT g, repeat(md5(g::text), 20) t FROM generate_series(1, 60000) g"


@pytest.fixture(scope="module")
def shop() -> Iterator[Workshop]:
    with running_lab() as shop:
        postgres.sql(shop.runner, shop.lab, shop.lab.node(0), "CREATE TABLE t (n int)")
        yield shop


def rejoin(node: LabNode, *options: str) -> str:
    """It succeeds; what it printed, both streams."""
    done = pypcp("rejoin", str(node.id), "--yes", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def refused(node: LabNode, *options: str) -> set[str]:
    """It refuses; the codes of its reasons."""
    return reasons("rejoin", str(node.id), "--yes", "--json", *options)


def fail_over(shop: Workshop, kill: bool = False) -> tuple[LabNode, LabNode]:
    """The primary ends; the failed node and the new primary."""
    failed = break_primary(shop, kill)
    promoted = wait_for_failover(shop, failed)
    assert promoted
    return failed, promoted


def diverge(shop: Workshop, sql: Sql, kill: bool = False, lost: str = LOST) -> tuple[LabNode, LabNode]:
    """The standby is cut off, the primary writes on and ends."""
    (primary,) = shop.look().primaries
    (standby,) = (node for node in shop.lab.all_nodes if node != primary)
    position = sql(primary, "SELECT pg_current_wal_lsn()")
    assert wait_until(lambda: sql(standby, f"SELECT pg_last_wal_replay_lsn() >= '{position}'") == "t", 20)
    conninfo = sql(standby, "SHOW primary_conninfo").replace("'", "''")
    sql(standby, "ALTER SYSTEM SET primary_conninfo = ''")
    sql(standby, "SELECT pg_reload_conf()")
    assert wait_until(lambda: sql(primary, "SELECT count(*) FROM pg_stat_replication") == "0", 20)
    sql(primary, lost)
    failed, promoted = fail_over(shop, kill)
    sql(promoted, f"ALTER SYSTEM SET primary_conninfo = '{conninfo}'")
    sql(promoted, "SELECT pg_reload_conf()")
    sql(promoted, "INSERT INTO t VALUES (1)")
    return failed, promoted


def assert_same(sql: Sql, standby: LabNode, primary: LabNode) -> None:
    """The standby is one, and has the primary's rows, all that were written until now."""
    position = sql(primary, "SELECT pg_current_wal_lsn()")
    assert sql(standby, "SELECT pg_is_in_recovery()") == "t"
    assert wait_until(lambda: sql(standby, f"SELECT pg_last_wal_replay_lsn() >= '{position}'") == "t", 20)
    for table in sql(primary, TABLES).split():
        rows = f"SELECT count(*), sum(hashtext(x::text)) FROM {table} x"
        assert sql(standby, rows) == sql(primary, rows)


def fingerprint(node: LabNode) -> dict[str, int]:
    """Every file in and beside the data directory, with the time of its last change."""
    return {str(path): path.lstat().st_mtime_ns for path in node.directory.rglob("*")}


def test_a_clean_stop_needs_only_a_start(shop: Workshop, sql: Sql) -> None:
    failed, promoted = fail_over(shop)

    said = rejoin(failed)

    assert "rewind" not in said.split("\n", 1)[1]
    assert_same(sql, failed, promoted)
    assert "nothing to do" in rejoin(failed)


def test_a_killed_primary_that_had_sent_everything_is_started_directly(shop: Workshop, sql: Sql) -> None:
    failed, promoted = fail_over(shop, kill=True)

    assert "contained in the primary's" in rejoin(failed)

    assert_same(sql, failed, promoted)


@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
def test_nothing_is_lost_silently(shop: Workshop, sql: Sql, kill: bool) -> None:
    failed, promoted = diverge(shop, sql, kill)
    before = fingerprint(failed)

    done = pypcp("rejoin", str(failed.id), "--yes")
    assert done.returncode == 6 and "They changed: public.t in database postgres (1 inserted)\n" in done.stderr
    assert refused(failed) == {"diverged-commits"}
    assert fingerprint(failed) == before

    own = (failed.data / "pg_hba.conf").read_bytes()
    rejoin(failed, "--discard-diverged")
    assert_same(sql, failed, promoted)
    assert (failed.data / "pg_hba.conf").read_bytes() == own
    assert sql(failed, "SHOW cluster_name") == failed.name
    saved = max(failed.directory.glob(".pypcp-data/saved-*"))
    assert "COMMIT" in (saved / "transactions.txt").read_text()
    assert (saved / "relations.txt").read_text() == "public.t in database postgres (1 inserted)\n"
    assert list((saved / "pg_wal").iterdir())


def test_a_rewind_that_was_killed_is_taken_up_again(shop: Workshop, sql: Sql) -> None:
    (primary,) = shop.look().primaries
    sql(
        primary,
        "CREATE TABLE IF NOT EXISTS big AS SELECT g, repeat(md5(g::text), 20) t FROM generate_series(1, 60000) g",
    )
    failed, promoted = diverge(shop, sql, lost="UPDATE big SET t = 'lost' WHERE g % 7 = 0")
    sql(promoted, "UPDATE big SET t = t || 'x' WHERE g % 2 = 0")
    with killing("pg_rewind", failed):
        assert pypcp("rejoin", str(failed.id), "--yes", "--discard-diverged").returncode == 1

    rejoin(failed)  # no --discard-diverged: that was answered, and is done
    assert_same(sql, failed, promoted)


@contextlib.contextmanager
def killing(program: str, node: LabNode) -> Iterator[None]:
    """A process of its own kills the program soon after it has begun on the node's data directory."""
    script = f"""
import os, pathlib, signal, time
end = time.monotonic() + 30
while time.monotonic() < end:
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = pathlib.Path("/proc", pid, "cmdline").read_bytes().split(b"\\0")
        except OSError:
            continue
        if words[0].endswith(b"/{program}") and any(b"{node.data}" in word for word in words):
            time.sleep(0.05)
            os.kill(int(pid), signal.SIGKILL)
            raise SystemExit
    time.sleep(0.002)
"""
    killer = subprocess.Popen([sys.executable, "-c", script])
    yield
    assert killer.wait(40) == 0


def test_a_node_that_was_rewound_but_never_started_is_finished(shop: Workshop, sql: Sql) -> None:
    failed, promoted = diverge(shop, sql)
    stop_before(failed, "start.log")

    assert pypcp("rejoin", str(failed.id), "--yes", "--discard-diverged").returncode == 1
    (failed.directory / ".pypcp-data" / "start.log").rmdir()

    said = rejoin(failed)
    assert "was rewound already" in said and "pg_rewind" not in said
    assert_same(sql, failed, promoted)


def stop_before(node: LabNode, log: str) -> None:
    """Make the start fail: where its log should be written, a directory is in the way."""
    place = node.directory / ".pypcp-data" / log
    place.unlink(missing_ok=True)
    place.mkdir(parents=True)
    for made in (place.parent, place):
        shutil.chown(made, node.data.owner(), node.data.group())


def test_pypcp_killed_in_the_middle_leaves_nothing_that_a_rerun_cannot_finish(shop: Workshop, sql: Sql) -> None:
    failed, promoted = diverge(shop, sql)
    for delay in (0.5, 0.8, 1.1, 1.4, 1.7, 2.0):
        command = [PROGRAM, "rejoin", str(failed.id), "--yes", "--discard-diverged", "--cluster", "lab"]
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        child.send_signal(signal.SIGKILL)
        child.wait()

    rejoin(failed, "--discard-diverged")

    assert_same(sql, failed, promoted)


def test_a_second_primary_is_stopped_only_when_told(shop: Workshop, sql: Sql) -> None:
    failed, promoted = fail_over(shop)
    postgres.start(shop.runner, failed)  # nobody told it that it has been replaced
    sql(failed, "INSERT INTO t VALUES (-2)")

    assert "target-running-as-primary" in refused(failed)
    assert sql(failed, "SELECT pg_is_in_recovery()") == "f"

    rejoin(failed, "--fence", "--discard-diverged")
    assert_same(sql, failed, promoted)


def test_the_primary_is_never_rejoined(shop: Workshop) -> None:
    (primary,) = shop.look().primaries
    assert "target-is-primary" in refused(primary, "--fence", "--discard-diverged")


def test_a_dry_run_shows_the_commands_and_changes_nothing(shop: Workshop, sql: Sql) -> None:
    failed, promoted = fail_over(shop)
    before = fingerprint(failed)

    done = pypcp("rejoin", failed.host, "--dry-run")

    assert done.returncode == 0 and "pg_ctl start" in done.stdout and failed.host in done.stdout
    plan = json.loads(pypcp("rejoin", failed.host, "--dry-run", "--json").stdout)
    assert plan["verdict"] == "start" and [step["key"] for step in plan["steps"]][-1] == "attach"
    assert fingerprint(failed) == before
    no_answer = pypcp("rejoin", failed.host)
    assert no_answer.returncode == 2 and "--yes" in no_answer.stderr
    rejoin(failed)
    assert_same(sql, failed, promoted)


def test_no_password_is_in_any_argument_list(shop: Workshop, sql: Sql) -> None:
    failed, promoted = diverge(shop, sql)
    secrets = [line.rsplit(":", 1)[1].encode() for line in shop.lab.pgpass.read_text().splitlines() if ":" in line]
    assert secrets
    seen: set[bytes] = set()
    child = subprocess.Popen(
        [
            PROGRAM,
            "rejoin",
            str(failed.id),
            "--yes",
            "--discard-diverged",
            "--cluster",
            "lab",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while child.poll() is None:
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                seen.add(Path("/proc", pid, "cmdline").read_bytes())
            except OSError:
                continue
    assert child.returncode == 0 and len(seen) > 20
    assert not [line for line in seen for secret in secrets if secret in line]
    assert_same(sql, failed, promoted)


def test_hints_switched_on_after_the_fork_do_not_make_a_rewind_right(shop: Workshop, sql: Sql) -> None:
    for _ in range(2):  # each node once, as it takes effect at a start
        (primary,) = shop.look().primaries
        sql(primary, "ALTER SYSTEM SET wal_log_hints = off")
        failed, promoted = fail_over(shop)
        rejoin(failed)
        assert_same(sql, failed, promoted)
    failed, promoted = diverge(shop, sql)
    assert "no-hints" in refused(failed, "--discard-diverged")
    auto = failed.data / "postgresql.auto.conf"
    auto.write_text(auto.read_text().replace("wal_log_hints = 'off'", "wal_log_hints = 'on'"))
    postgres.start(shop.runner, failed)  # as an operator would who reads pg_rewind's message
    postgres.stop(shop.runner, failed)

    assert refused(failed, "--discard-diverged") == {"hints-came-late"}

    rejoin(failed, "--method", "basebackup", "--discard-diverged")
    assert_same(sql, failed, promoted)
    assert list(failed.directory.glob("data.before-*"))


def slots(sql: Sql, node: LabNode, where: str = "true") -> list[str]:
    return sql(node, f"SELECT slot_name FROM pg_replication_slots WHERE {where} ORDER BY 1").split()


def test_slots_that_nobody_uses_are_told_with_what_drops_them(shop: Workshop, sql: Sql) -> None:
    (primary,) = shop.look().primaries
    sql(primary, "SELECT pg_create_physical_replication_slot('for_a_former_standby', true)")
    failed, promoted = fail_over(shop)

    said = pypcp("rejoin", str(failed.id), "--yes", "--json").stdout.splitlines()

    (told,) = (each for each in map(json.loads, said) if each.get("event") == "unused-slot")
    assert (told["node"], told["name"], told["kind"]) == (failed.id, "for_a_former_standby", "physical")
    assert told["kept_bytes"] > 0 and json.loads(said[-1])["result"] == "done"
    assert f"If nobody will: {told['drop']}" in rejoin(failed)
    sql(failed, shlex.split(told["drop"])[-1])
    assert "replication slot" not in rejoin(failed)
    assert_same(sql, failed, promoted)


def test_a_run_that_fails_leaves_no_slot_on_the_primary(shop: Workshop, sql: Sql) -> None:
    (primary,) = shop.look().primaries
    sql(primary, "ALTER SYSTEM SET primary_slot_name = 'mine'")  # as of its time as a standby
    failed, promoted = fail_over(shop)
    stop_before(failed, "start.log")
    assert pypcp("rejoin", str(failed.id), "--yes").returncode == 1
    assert wait_until(lambda: not slots(sql, promoted), 20)
    (failed.directory / ".pypcp-data" / "start.log").rmdir()

    assert "create its slot" in rejoin(failed)

    assert slots(sql, promoted, "active") == ["mine"]
    assert_same(sql, failed, promoted)
    sql(failed, "ALTER SYSTEM RESET primary_slot_name")
    sql(failed, "SELECT pg_reload_conf()")
    assert wait_until(lambda: not slots(sql, promoted, "active"), 20)
    sql(promoted, "SELECT pg_drop_replication_slot('mine')")


def test_wal_is_reserved_by_a_slot_that_ends_with_the_run(shop: Workshop, sql: Sql) -> None:
    (primary,) = shop.look().primaries
    killed = subprocess.Popen([sys.executable, "-c", RESERVE, str(primary.data)])
    try:
        assert wait_until(lambda: len(slots(sql, primary, "temporary AND restart_lsn IS NOT NULL")) == 1, 20)
        sql(primary, "SELECT pg_create_physical_replication_slot('of_the_target', true)")
        host = LocalHost("here")
        with reserved(host, look(host, str(primary.data)), "of_the_target") as wait:
            wait()
            killed.kill()
            assert wait_until(lambda: len(slots(sql, primary, "temporary")) == 1, 20)
            time.sleep(3)  # long enough for the killed one to drop what the next one needs
            assert slots(sql, primary, "NOT temporary") == ["of_the_target"]
        assert wait_until(lambda: not slots(sql, primary), 20)
    finally:
        killed.kill()
        killed.wait()


def test_a_primary_without_a_free_slot_does_not_hold_a_rejoin_up(shop: Workshop, sql: Sql) -> None:
    (primary,) = shop.look().primaries
    host, every = LocalHost("here"), "generate_series(1, current_setting('max_replication_slots')::int) g"
    sql(primary, f"SELECT pg_create_physical_replication_slot('s' || g) FROM {every}")
    try:
        source, began = look(host, str(primary.data)), time.monotonic()
        with reserved(host, source, "of_the_target") as wait:
            wait()
            assert time.monotonic() - began < 20  # not as long as one waits for an answer that does not come
            assert not slots(sql, primary, "temporary")
    finally:
        sql(primary, "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")


RESERVE = """
import sys, time
from pypcp.hosts.local import LocalHost
from pypcp.postgres.look import look
from pypcp.rejoin.reserve import reserved
host = LocalHost("here")
with reserved(host, look(host, sys.argv[1]), "of_the_target"):
    time.sleep(60)
"""
