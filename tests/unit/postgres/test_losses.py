"""Which tables the lost transactions changed: records as pg_waldump prints them, and names put to files."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pypcp.postgres import losses, scripts
from pypcp.postgres.losses import Change, Losses

HEAD = "rmgr: {:11} len (rec/tot):     59/    59, tx: {:>10}, lsn: 0/015379C8, prev 0/01537490, desc: {}\n"
ON = ", blkref #0: rel 1663/5/{} blk 0"


def record(manager: str, xid: int, said: str) -> str:
    return HEAD.format(manager, xid, said)


WAL = [
    record("Heap", 725, "INSERT+INIT off 1 flags 0x00" + ON.format(16384)),
    record("Heap", 726, "INSERT off 2 flags 0x00" + ON.format(16384)),
    record("Transaction", 725, "COMMIT 2026-11-23 06:26:31.747313 UTC; subxacts: 726"),
    record("Heap2", 728, "MULTI_INSERT 31 tuples flags 0x02" + ON.format(16390)),  # up to 15
    record("Heap2", 728, "MULTI_INSERT ntuples: 2, flags: 0x02" + ON.format(16390)),  # from 16
    record("Transaction", 0, "COMMIT_PREPARED 728: 2026-11-23 06:26:31.748318 UTC"),
    record("Heap", 729, "HOT_UPDATE off 1 xmax 729 flags 0x00 ; new off 45 xmax 0" + ON.format(16384)),
    record("Heap", 729, "UPDATE off 1 xmax 729 flags 0x00 ; new off 45 xmax 0" + ON.format(16384)),
    record("Heap", 729, "DELETE off 13 flags 0x00 KEYS_UPDATED " + ON.format(16384)),
    record("Heap", 729, "LOCK off 13: xid 729: flags 0x00 LOCK_ONLY EXCL_LOCK" + ON.format(16400)),
    record("Storage", 729, "CREATE base/5/16391"),
    record("Heap2", 0, "PRUNE latestRemovedXid 729 nredirected 0 ndead 1" + ON.format(16500)),
    record("Transaction", 729, "COMMIT 2026-11-23 06:26 UTC; rels: base/5/16384 pg_tblspc/70/PG_15_1/5/7; inval msgs"),
    record("Heap", 731, "DELETE off 8 flags 0x00 KEYS_UPDATED " + ON.format(16384)),
    record("Transaction", 731, "ABORT 2026-11-23 06:26:31.749892 UTC"),
    record("Heap", 732, "DELETE off 8 flags 0x00 KEYS_UPDATED " + ON.format(16384)),  # never ended
]  # fmt: skip


def changed(tmp_path: Path, wal: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """What changes.sh says when pg_waldump prints this."""
    tool = tmp_path / "pg_waldump"
    (tmp_path / "wal").write_text(wal)
    tool.write_text(f'#!/bin/sh\ncat "{tmp_path}/wal"; exit {code}\n')
    tool.chmod(0o755)
    words = ["sh", "-c", scripts.text("changes"), "pypcp", str(tmp_path), "/wal", "1", "0/1", "0/2"]
    return subprocess.run(words, capture_output=True, text=True, timeout=20)


def test_only_committed_changes_are_counted(tmp_path: Path) -> None:
    done = changed(tmp_path, "".join(WAL))
    assert done.returncode == 0 and done.stderr == ""
    assert sorted(done.stdout.splitlines()) == [
        "1663/5/16384 2 2 1 0 1",
        "1663/5/16390 33 0 0 0 0",
        "1663/5/16391 0 0 0 1 0",
        "70/5/7 0 0 0 0 1",
    ]


def test_wal_that_cannot_be_read_to_its_end_is_no_answer(tmp_path: Path) -> None:
    assert changed(tmp_path, "".join(WAL), code=1).returncode == 1


def file(number: int, *counts: int) -> losses._File:
    return losses._File(1663, 5, number, *(counts + (0,) * (5 - len(counts))))


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ([file(16384, 3, 0, 1)], "public.t in database shop (3 inserted, 1 deleted)"),
        ([file(16384, 0, 0, 0, 0, 1)], "public.t in database shop (dropped, truncated or rewritten)"),
        ([file(1249, 3)], "system catalogs (definitions or statistics)"),
        ([file(16385, 3)], ""),  # out-of-line values of a table that is told itself
        ([file(16384, 3, 0, 0, 1)], "tables that only it has (1 new file)"),  # the source may have that number, too
        ([file(16399, 3)], "not all is known: the primary has no name for 1 files"),
    ],
)
def test_what_is_told_of_them(files: list[losses._File], told: str) -> None:
    named = {(1663, 5, 16384): Change("shop", "public.t"), (1663, 5, 16385): None}
    assert losses.losses(files, named).summary() == told


def test_a_long_list_is_cut_in_a_message_alone() -> None:
    many = Losses(tuple(Change("shop", f"public.t{number}", 1) for number in range(20)))
    assert many.summary().endswith("; and 12 more") and len(many.lines()) == 20


def test_a_name_stays_on_its_line() -> None:
    relations = [{"file": "1663/16384", "schema": "public", "name": "t\nnothing is lost \x1b[2J", "kind": "r"}]
    (table,) = losses._named(5, {"database": "a\nb", "relations": relations}).values()
    assert table == Change("a b", "public.t nothing is lost \\x1b[2J")


@pytest.mark.parametrize("told", [{"relations": 5}, {"relations": [5]}, {"relations": [{}]}, {}])
def test_an_answer_that_is_none_is_an_error_that_is_expected(told: dict[str, object]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        losses._named(5, told)
