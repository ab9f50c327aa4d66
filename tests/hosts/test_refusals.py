"""What ``pypcp rejoin`` refuses, staged on real servers: exit 6, its reason told, and not a file touched."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from tests.hosts.checks import assert_standby, diverge, footprint, pypcp, refuses, rejoin
from tests.hosts.lab.accounts import ROLES
from tests.hosts.lab.host import Host
from tests.hosts.lab.pair import Pair
from tests.hosts.lab.postgres import BIN, DATA, Template

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(120)]
Stage = Callable[[Pair], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def failed_over(template: Template) -> Iterator[Pair]:
    """``ser`` was the primary and is stopped, ``bak`` has taken over. Tests put back what they change."""
    with Pair(template) as pair:
        pair.postgres[pair.ser].stop()
        pair.pgpool.wait_for("standby down", "primary up")
        yield pair


@contextmanager
def moved_away(host: Host, path: str) -> Iterator[None]:
    host.run(["mv", path, f"{path}.away"])
    try:
        yield
    finally:
        host.run(["rm", "-rf", path])
        host.run(["mv", f"{path}.away", path])


@contextmanager
def edited(host: Host, path: str, pattern: str, by: str) -> Iterator[None]:
    """``pattern`` replaced in a file of the host, which keeps its owner and mode."""
    file = host.path(path)
    before = file.read_text()
    after = re.sub(pattern, by, before, flags=re.MULTILINE)
    assert after != before
    file.write_text(after)
    try:
        yield
    finally:
        file.write_text(before)


def no_data_directory(pair: Pair) -> AbstractContextManager[None]:
    return moved_away(pair.ser, DATA)


def no_pg_version(pair: Pair) -> AbstractContextManager[None]:
    return moved_away(pair.ser, f"{DATA}/PG_VERSION")


@contextmanager
def another_cluster(pair: Pair) -> Iterator[None]:
    with moved_away(pair.ser, DATA):
        pair.ser.run([f"{BIN}/initdb", "--no-sync", "--pgdata", DATA], user="postgres")
        yield


def another_port(pair: Pair) -> AbstractContextManager[None]:
    return edited(pair.ser, f"{DATA}/postgresql.conf", "^port = 5432", "port = 5433")


@contextmanager
def no_sshd(pair: Pair) -> Iterator[None]:
    pair.ser.run(["pkill", "--exact", "sshd"])
    try:
        yield
    finally:
        pair.ser.run(["/usr/sbin/sshd"])


def another_host_key(pair: Pair) -> AbstractContextManager[None]:
    key = r"(^ser\.\S+ ssh-ed25519) \S+"
    other = pair.bak.path("/etc/ssh/ssh_known_hosts").read_text().split("bak.", 1)[1].split()[2]
    return edited(pair.adm, "/etc/ssh/ssh_known_hosts", key, rf"\1 {other}")


def no_password_for_streaming(pair: Pair) -> AbstractContextManager[None]:
    return edited(pair.ser, "/var/lib/postgresql/.pgpass", ROLES["repl"], "wrong")


@contextmanager
def no_line_for_replication(pair: Pair) -> Iterator[None]:
    with edited(pair.bak, f"{DATA}/pg_hba.conf", "^host *replication.*", ""):
        pair.postgres[pair.bak].sql("SELECT pg_reload_conf()")
        yield
    pair.postgres[pair.bak].sql("SELECT pg_reload_conf()")


@contextmanager
def a_read_only_mount(pair: Pair) -> Iterator[None]:
    pair.ser.run(["mount", "--bind", DATA, DATA])
    pair.ser.run(["mount", "-o", "remount,bind,ro", DATA])
    try:
        yield
    finally:
        pair.ser.run(["umount", DATA])


@contextmanager
def a_file_of_root(host: Host, path: str) -> Iterator[None]:
    host.run(["sh", "-c", "umask 077; echo secret >$0", path])
    try:
        yield
    finally:
        host.run(["rm", path])


@contextmanager
def a_copy_under_way(pair: Pair) -> Iterator[None]:
    """As pgpool's online recovery or an operator would be at it, by name and arguments."""
    pair.ser.write("/tmp/rsync", "#!/bin/sh\necho begun\nread line\n", "postgres", 0o755)
    words = ["/tmp/rsync", "-a", "bak:/somewhere/", f"{DATA}/"]
    copying = pair.ser.popen(words, user="postgres", stdin=subprocess.PIPE)
    assert copying.popen.stdout and copying.popen.stdout.readline() == "begun\n"
    yield
    assert copying.output()[0] == 1  # at the end of its input


@pytest.mark.parametrize(
    ("stage", "reason"),
    [
        (a_read_only_mount, "mounted read-only"),
        (a_copy_under_way, "rsync (pid "),
        (no_data_directory, f"{DATA}"),
        (no_pg_version, "no PG_VERSION"),
        (another_cluster, "system identifiers"),
        (another_port, "belongs to port 5433"),
        (no_sshd, "Connection refused"),
        (another_host_key, "Host key verification failed"),
        (no_password_for_streaming, "cannot connect to node 1"),
        (no_line_for_replication, "pg_hba.conf"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_before_anything_is_touched(failed_over: Pair, stage: Stage, reason: str) -> None:
    pair = failed_over
    with stage(pair):
        before = footprint(pair.ser)

        said = refuses(pair.adm, "ser.bigdata.wh.com", "--yes")

        assert reason in said
        assert footprint(pair.ser) == before


def test_the_primary(failed_over: Pair) -> None:
    said = refuses(failed_over.adm, "bak.bigdata.wh.com", "--yes")

    assert "is the primary" in said
    assert failed_over.postgres[failed_over.bak].is_primary()


def test_while_the_other_node_is_still_a_standby(pair: Pair) -> None:
    pair.adm.write("/etc/pgpool2/failover.sh", "#!/bin/sh\nexit 0\n", "postgres", 0o755)  # it never promotes
    pair.postgres[pair.ser].stop()
    pair.pgpool.wait_for("standby down", "standby up")
    before = footprint(pair.ser)

    said = refuses(pair.adm, "ser.bigdata.wh.com", "--yes")

    assert "as a standby" in said
    assert footprint(pair.ser) == before


def test_a_second_primary_unless_it_may_be_fenced(pair: Pair) -> None:
    pair.ser.unplug()
    pair.pgpool.wait_for("standby down", "primary up")
    pair.ser.plug()

    said = refuses(pair.adm, "ser.bigdata.wh.com", "--yes")

    assert "two servers take writes" in said and "--fence" in said
    assert pair.postgres[pair.ser].is_primary()
    rejoin(pair.adm, "ser.bigdata.wh.com", "--yes", "--fence")
    assert_standby(pair, pair.ser, pair.bak)


def test_two_at_once(pair: Pair) -> None:
    """One does the work; the other refuses, or finds it done."""
    pair.postgres[pair.ser].stop()
    pair.pgpool.wait_for("standby down", "primary up")
    runs = [pair.adm.popen(["pypcp", "rejoin", "ser.bigdata.wh.com", "--yes"]) for _ in range(3)]

    codes = sorted(run.output()[0] for run in runs)

    assert codes[0] == 0 and set(codes) <= {0, 6}
    assert_standby(pair, pair.ser, pair.bak)


@pytest.fixture(scope="module")
def diverged(template: Template) -> Iterator[Pair]:
    """``ser`` wrote rows that ``bak`` never got before ``bak`` took over. Tests put back what they change."""
    with Pair(template) as pair:
        diverge(pair, "stop")
        yield pair


def a_file_nobody_can_write(pair: Pair) -> AbstractContextManager[None]:
    return a_file_of_root(pair.ser, f"{DATA}/base/notes")


def a_file_nobody_can_read(pair: Pair) -> AbstractContextManager[None]:
    return a_file_of_root(pair.bak, f"{DATA}/base/notes")


@contextmanager
def a_small_disk(pair: Pair) -> Iterator[None]:
    """The data directory and what is beside it on a file system of their own, with 30 MB to spare."""
    parent, name = DATA.rsplit("/", 1)
    small = f"""size=$(($(du -sm {DATA} | cut -f 1) + 30))m
        mkdir /tmp/small && mount -t tmpfs -o "size=$size" tmpfs /tmp/small && chown postgres: /tmp/small &&
        cp -a {DATA} /tmp/small/{name} && mount --bind /tmp/small {parent}"""
    pair.ser.run(["sh", "-c", small])
    try:
        yield
    finally:
        pair.ser.run(["sh", "-c", f"umount {parent} /tmp/small"])


@contextmanager
def no_full_pages_on_the_primary(pair: Pair) -> Iterator[None]:
    source = pair.postgres[pair.bak]
    source.set("full_page_writes", "off")
    yield
    source.set("full_page_writes", "on")


@contextmanager
def no_user_who_may_rewind(pair: Pair) -> Iterator[None]:
    with owner_without_password(pair), edited(pair.ser, "/root/.pgpass", ROLES["postgres"], "wrong"):
        yield


def owner_without_password(pair: Pair) -> AbstractContextManager[None]:
    return edited(pair.ser, "/var/lib/postgresql/.pgpass", ROLES["postgres"], "wrong")


def no_wal_before_the_fork(pair: Pair) -> AbstractContextManager[None]:
    return moved_away(pair.ser, f"{DATA}/pg_wal/000000010000000000000001")


@pytest.mark.parametrize(
    ("stage", "reason"),
    [
        (a_small_disk, "MB to save its WAL"),
        (a_file_nobody_can_write, "postgres cannot write, on ser.bigdata.wh.com: '/var/lib"),
        (a_file_nobody_can_read, "postgres cannot read, on bak.bigdata.wh.com: '/var/lib"),
        (no_full_pages_on_the_primary, "full_page_writes is off on the primary node 1"),
        (no_user_who_may_rewind, "GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_binary_file"),
        (no_wal_before_the_fork, "base backup"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_rewind_that_would_fail(diverged: Pair, stage: Stage, reason: str) -> None:
    pair = diverged
    with stage(pair):
        before = footprint(pair.ser)

        said = refuses(pair.adm, "ser.bigdata.wh.com", "--yes", "--discard-diverged")

        assert reason in said
        assert footprint(pair.ser) == before


def test_the_operators_own_password_file_serves_a_rewind(diverged: Pair) -> None:
    pair = diverged
    with owner_without_password(pair):
        done = pypcp(pair.adm, "rejoin", "ser.bigdata.wh.com", "--dry-run", "--discard-diverged", "--json")

    assert done.returncode == 0, done.stderr
    (step,) = (step for step in json.loads(done.stdout)["steps"] if step["key"] == "rewind")
    assert "user=postgres" in step["command"]
    assert ROLES["postgres"] not in done.stdout + done.stderr


@pytest.mark.parametrize("switched_on_later", [False, True])
def test_a_rewind_without_hint_bits_in_the_wal(template: Template, switched_on_later: bool) -> None:
    with Pair(template, settings="wal_log_hints = off\n") as pair:
        old = pair.postgres[pair.ser]
        old.sql("CHECKPOINT")
        pair.wait_until_equal()
        diverge(pair, "stop")
        if switched_on_later:
            old.start()
            old.set("wal_log_hints", "on", restart=True)
            old.stop()
        before = footprint(pair.ser)

        said = refuses(pair.adm, "ser.bigdata.wh.com", "--yes", "--discard-diverged")

        assert "wal_log_hints" in said and "base backup" in said
        assert footprint(pair.ser) == before


def test_what_else_goes_with_a_history(template: Template) -> None:
    """A place that a consumer had read to, what was promised to a coordinator, and a piece of the archive."""
    archiving = "archive_mode = on\narchive_command = false\n"
    with Pair(template, settings=f"wal_level = logical\nmax_prepared_transactions = 5\n{archiving}") as pair:
        old = pair.postgres[pair.ser]
        old.sql("SELECT pg_switch_wal()")
        old.sql("SELECT pg_create_logical_replication_slot('cdc', 'test_decoding')", "app")
        pair.wait_until_equal()
        pair.cut(pair.ser, pair.bak)
        old.sql("BEGIN; CREATE TABLE promised (n int); PREPARE TRANSACTION 'both or none'", "app")
        diverge(pair, "stop")
        before = footprint(pair.ser)

        said = refuses(pair.adm, "ser.bigdata.wh.com", "--yes")

        assert footprint(pair.ser) == before
        assert "had still to archive" in said
        assert "cdc" in said and "1 transaction was prepared" in said and "1 committed transaction " in said
        rejoin(pair.adm, "ser.bigdata.wh.com", "--yes", "--discard-diverged")
        assert_standby(pair, pair.ser, pair.bak)


def test_nothing_is_decided_without_pgpool(pair: Pair) -> None:
    pair.pgpool.stop()

    done = pypcp(pair.adm, "rejoin", "ser.bigdata.wh.com", "--yes")

    assert done.returncode == 3
    assert "Traceback" not in done.stderr
