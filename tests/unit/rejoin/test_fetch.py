"""The step that brings WAL back from the archive: fetch.sh on a made-up data directory."""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path

import pytest

from pypcp.hosts.host import Host
from pypcp.hosts.local import LocalHost
from pypcp.postgres import archive
from pypcp.postgres.archive import Archived
from pypcp.postgres.divergence import Divergence
from pypcp.postgres.instance import Instance
from pypcp.rejoin import questions, scripts
from pypcp.rejoin.facts import Facts, Request
from tests.unit.postgres.test_archive import NAMES, SEGMENT, SYSTEM, segment
from tests.unit.rejoin import worlds as w

ALL = NAMES[2:5]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A stopped node without the WAL that its archive has, and ``state`` beside it."""
    (tmp_path / "data" / "pg_wal" / "archive_status").mkdir(parents=True)
    (tmp_path / "archive").mkdir()
    for number, name in enumerate(NAMES):
        (tmp_path / "archive" / name).write_bytes(segment(number))
    return tmp_path


def fetch(place: Path, command: str = 'cp ../archive/%f "%p"') -> subprocess.CompletedProcess[str]:
    program = place / "postgres"
    program.write_text(f"#!/bin/sh\ncat <<'EOF'\n{command}\nEOF\n")
    program.chmod(0o755)
    data, limits = str(place / "data"), ("20", str(SEGMENT), str(SYSTEM))
    words = ["sh", "-c", scripts.text("fetch"), "sh", str(place), data, str(place / "state"), data + "/x.conf", *limits]
    return subprocess.run([*words, *ALL], input="\n", capture_output=True, text=True, timeout=30)


def wal(place: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (place / "data" / "pg_wal").iterdir() if path.is_file()}


def test_segments_come_as_archived_ones(place: Path) -> None:
    done = fetch(place)
    assert (done.returncode, done.stdout, done.stderr) == (0, "3\n", "")
    assert wal(place) == {name: segment(number) for number, name in enumerate(NAMES) if name in ALL}
    status = place / "data" / "pg_wal" / "archive_status"
    assert sorted(path.name for path in status.iterdir()) == [f"{name}.done" for name in ALL]
    assert fetch(place).stdout == "already\n"


def test_what_is_there_is_not_touched(place: Path) -> None:
    own = place / "data" / "pg_wal" / ALL[1]
    own.write_text("mine")
    assert fetch(place).stdout == "2\n" and own.read_text() == "mine"


@pytest.mark.parametrize("command", ["ln ../archive/%f %p", 'ln -s "$PWD/../archive/%f" %p'])
def test_the_server_gets_no_way_to_write_into_the_archive(place: Path, command: str) -> None:
    assert fetch(place, command).returncode == 0
    (place / "data" / "pg_wal" / ALL[0]).write_bytes(b"recycled")
    assert (place / "archive" / ALL[0]).read_bytes() == segment(2)


def test_a_run_that_was_killed_is_gone_on_with(place: Path) -> None:
    """It left a part of a segment, and a mark for one that did not come."""
    (place / "data" / "pg_wal" / "xlogtemp.pypcp").write_text("half")
    (place / "data" / "pg_wal" / "archive_status" / f"{ALL[0]}.done").touch()
    assert fetch(place).stdout == "3\n" and set(wal(place)) == set(ALL)


def test_a_segment_that_does_not_come_is_told_and_the_others_stay(place: Path) -> None:
    (place / "archive" / ALL[1]).write_bytes(b"short")
    done = fetch(place)
    assert done.returncode == 1 and done.stderr.strip() == f"restore_command gave {ALL[1]} with 5 bytes, not {SEGMENT}"
    assert set(wal(place)) == {ALL[0]}


def test_the_archive_is_not_tried_again_while_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def restorable(host: Host, instance: Instance, diverged: Divergence, *, for_rewind: bool) -> Archived:
        asked.append(for_rewind)
        return w.ARCHIVED

    monkeypatch.setattr(archive, "restorable", restorable)
    facts = w.archived()
    assert facts.divergence

    def found(now: Facts, former: Facts | None) -> Archived | None:
        assert now.divergence
        ends = questions.Ends(now, LocalHost(), LocalHost(), former)
        return questions._archived(ends, now.divergence)

    assert found(facts, None) == w.ARCHIVED and asked == [True]
    assert found(facts, facts) == w.ARCHIVED and asked == [True]
    other = w.with_target(facts, wal_files=("000000010000000000000009",))
    copied = dataclasses.replace(facts, request=Request(method="basebackup"))
    assert found(other, facts) and found(copied, facts) and asked == [True, True, False]
    assert found(w.diverged(), facts) is None
