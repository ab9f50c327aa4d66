"""``pypcp rejoin`` where WAL that the rewind needs is only in the archive: each node has one of its own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pypcp.lab import LabNode, Workshop, postgres
from pypcp.lab.processes import wait_until

from .conftest import running_lab
from .program import PROGRAM, Sql, pypcp
from .test_rejoin import assert_same, diverge, fail_over, fingerprint, rejoin

pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]
ARCHIVE = "test ! -f {0}/%f && cp %p {0}/%f"
ARCHIVING = """
archive_mode = on
archive_command = 'ARCHIVE'
restore_command = 'echo secret >&2; [ ! -e {0}/slow ] || sleep 0.3; cp {0}/%f "%p"'
wal_keep_size = 0
max_wal_size = 32MB
"""
# In a segment each, of which the first are archived, and then recycled.
LOST = (
    "INSERT INTO t VALUES (-1); SELECT pg_switch_wal(); " * 4
    + """DO $$ BEGIN WHILE EXISTS (SELECT FROM pg_ls_dir('pg_wal/archive_status') f WHERE f LIKE '%.ready') LOOP
         PERFORM pg_sleep(0.05); END LOOP; END $$; CHECKPOINT"""
)


@pytest.fixture(scope="module")
def shop() -> Iterator[Workshop]:
    with running_lab() as shop:
        node = shop.lab.node(1)
        postgres.sql(shop.runner, shop.lab, shop.lab.node(0), "CREATE TABLE t (n int)")
        configure(node)
        postgres.stop(shop.runner, node)
        postgres.start(shop.runner, node)
        failed, _ = fail_over(shop)
        configure(failed)
        rejoin(failed)
        yield shop


def archive_of(node: LabNode) -> Path:
    return node.directory / "archive"


def configure(node: LabNode) -> None:
    archive_of(node).mkdir()
    shutil.chown(archive_of(node), node.data.owner(), node.data.group())
    with (node.data / "postgresql.conf").open("a") as file:
        file.write(ARCHIVING.replace("ARCHIVE", ARCHIVE).format(archive_of(node)))


def change(node: LabNode, sql: Sql, **settings: str) -> None:
    """At once, and without a commit that could wait."""
    for name, value in settings.items():
        sql(node, f"ALTER SYSTEM SET {name} = '{value}'")
    sql(node, "SELECT pg_reload_conf()")
    assert wait_until(lambda: all(sql(node, f"SHOW {name}") == value for name, value in settings.items()), 10)


def segments(node: LabNode) -> set[str]:
    return {path.name for path in (node.data / "pg_wal").iterdir() if len(path.name) == 24}


def fingerprint_of(archive: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in archive.iterdir()}


def begin(*arguments: str) -> subprocess.Popen[bytes]:
    command = [PROGRAM, *arguments, "--cluster", "lab"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_wal_comes_back_from_the_archive(shop: Workshop, sql: Sql) -> None:
    failed, promoted = diverge(shop, sql, lost=LOST)
    archive, present = archive_of(failed), segments(failed)
    before, kept = fingerprint(failed), fingerprint_of(archive)

    archive.rename(archive.with_name("elsewhere"))
    done = pypcp("rejoin", str(failed.id), "--yes", "--discard-diverged")
    assert done.returncode == 6 and "nor does its archive help: restore_command failed for 0000" in done.stderr
    assert "secret" not in done.stdout + done.stderr
    archive.with_name("elsewhere").rename(archive)

    planned = pypcp("rejoin", str(failed.id), "--dry-run")
    assert planned.returncode == 0 and "segments of WAL back from the archive into its pg_wal" in planned.stdout
    assert "secret" not in planned.stdout + planned.stderr
    copied = pypcp("rejoin", str(failed.id), "--dry-run", "--method", "basebackup")
    assert copied.returncode == 0 and "restore_command, for 0000" in copied.stdout  # to tell what would be lost
    assert fingerprint(failed) == before

    (archive / "slow").touch()
    killed = begin("rejoin", str(failed.id), "--yes", "--discard-diverged")
    assert wait_until(lambda: segments(failed) > present, 60)
    killed.kill()
    killed.wait()
    (archive / "slow").unlink()

    # The step goes on until its end. Then the losses can be counted, and are asked about.
    assert wait_until(lambda: "4 committed" in pypcp("rejoin", str(failed.id), "--yes").stderr, 60)
    change(promoted, sql, synchronous_standby_names="nobody", archive_command=ARCHIVE.format(archive))
    said = rejoin(failed, "--discard-diverged")

    assert "asks for 1 of nobody, and 0 stream" in said and "the primary has the same archive_command" in said
    change(promoted, sql, synchronous_standby_names="", archive_command=ARCHIVE.format(archive_of(promoted)))

    assert_same(sql, failed, promoted)
    saved = max(failed.directory.glob(".pypcp-data/saved-*"))
    assert (saved / "transactions.txt").read_text().count("COMMIT") == 4
    assert fingerprint_of(archive) == kept
