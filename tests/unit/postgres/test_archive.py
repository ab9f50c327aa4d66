"""What restore_command is asked for, and what of its doings is believed: archive.sh with real commands and files."""

from __future__ import annotations

import dataclasses
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pypcp.errors import MalformedReply
from pypcp.hosts.local import LocalHost
from pypcp.lab.processes import wait_until
from pypcp.postgres import archive, divergence, lsn, scripts
from pypcp.postgres.archive import Archived
from tests.unit.rejoin import worlds as w

SEGMENT = 1 << 20
SYSTEM = 7654321987654321
NAMES = [lsn.segment_name(1, number * SEGMENT, SEGMENT) for number in range(10)]
WORDS = st.lists(st.sampled_from(["%", "f", "p", "r", "%%", "%f", "%p", "%r", "%x", " ", "'", "&", "\\1", "|", "ü"]))


def as_postgres_does(command: str, segment: str, path: str) -> str:
    """BuildRestoreCommand, up to 15, in words of its own."""
    values = {"p": path, "f": segment, "r": "0" * 24, "%": "%"}
    result, at = "", 0
    while at < len(command):
        word = values.get(command[at + 1 : at + 2]) if command[at] == "%" else None
        result += command[at] if word is None else word
        at += 1 if word is None else 2
    return result


@settings(max_examples=150, deadline=None)
@given(WORDS.map("".join))
def test_placeholders_become_what_postgresql_makes_of_them(command: str) -> None:
    script = scripts.text("archive") + 'command=$1; expanded "$2" "$3"'
    done = subprocess.run(["sh", "-c", script, "sh", command, NAMES[1], "/tmp/pypcp.Ab1/x"], capture_output=True)
    assert done.stdout.decode() == as_postgres_does(command, NAMES[1], "/tmp/pypcp.Ab1/x")


def segment(number: int, system: int = SYSTEM, size: int = SEGMENT) -> bytes:
    """A WAL segment, as far as its first header goes."""
    return struct.pack("=HHIQIIQII", 0xD110, 2, 1, number * SEGMENT, 0, 0, system, SEGMENT, 8192).ljust(size, b"\0")


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """An archive with ten segments."""
    for name in ("archive", "data", "mine"):
        (tmp_path / name).mkdir()
    for number, name in enumerate(NAMES):
        (tmp_path / "archive" / name).write_bytes(segment(number))
    return tmp_path


def restored(kept: Path, command: str, name: str = NAMES[3], seconds: int = 20) -> str:
    """What is said against it, nothing when it is there."""
    script = scripts.text("archive") + 'dir=$1 command=$2; shift 2; restored "$@" || echo "$why"'
    words = [str(kept / "data"), command, name, str(kept / "mine"), str(seconds), str(SEGMENT), str(SYSTEM)]
    done = subprocess.run(["sh", "-c", script, "sh", *words], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0 and done.stderr == "" and "secret" not in done.stdout
    return done.stdout.strip()


@pytest.mark.parametrize(
    "command", ['cp ../archive/%f "%p"', "ln -s $PWD/../archive/%f %p", "echo secret; cp ../archive/%f %p"]
)
def test_a_segment_is_restored_with_the_data_directory_as_the_place(kept: Path, command: str) -> None:
    assert restored(kept, command) == ""
    assert (kept / "mine" / NAMES[3]).read_bytes() == segment(3)
    assert not list((kept / "data").iterdir())


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("false", f"restore_command failed for {NAMES[3]} with exit status 1"),
        ("echo secret >&2; exit 3", "exit status 3"),
        ("cp ../archive/%f", "exit status 1"),
        ("no-such-program %f %p", "exit status 127"),
        ("true", f"restore_command said it had restored {NAMES[3]}, and had not"),
        ("head -c 100 ../archive/%f >%p", f"restore_command gave {NAMES[3]} with 100 bytes, not {SEGMENT}"),
        ("mkdir %p", f"restore_command gave {NAMES[3]} with "),
        (f"cp ../archive/{NAMES[4]} %p", f"restore_command gave other WAL for {NAMES[3]}"),
        ("cp ../archive/other %p", f"restore_command gave {NAMES[3]} of another cluster"),
    ],
)
def test_what_is_no_such_segment_is_told(kept: Path, command: str, why: str) -> None:
    (kept / "archive" / "other").write_bytes(segment(3, system=SYSTEM + 1))
    assert why in restored(kept, command)


def test_a_command_that_hangs_is_ended_with_its_children(kept: Path) -> None:
    said = restored(kept, f"sleep 60 & echo $! >{kept}/child; cat; wait", seconds=3)
    assert said == f"restore_command did not end within 3 s for {NAMES[3]}"
    child = Path("/proc", (kept / "child").read_text().strip(), "stat")
    assert wait_until(lambda: has_ended(child), 20)


def has_ended(stat: Path) -> bool:
    try:
        return stat.read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_no_other_name_reaches_the_command(kept: Path) -> None:
    assert restored(kept, "touch %p", name="$(touch x)") == "$(touch x) is no segment"


# --- looking for what is missing ----------------------------------------------------------------------------------

WALDUMP = """#!/bin/sh
case $3 in *{at}) echo 'rmgr: XLOG lsn: 0/{lsn:08X}, prev 0/0, desc: CHECKPOINT_ONLINE redo 0/{redo:X}; tli 1';; esac
exit 1
"""


def missing(
    kept: Path, command: str, gone: set[int], checkpoint: int = 4, redo: int = 3, for_rewind: bool = True
) -> Archived:
    """A fork in segment 6, the end of WAL in 8; the last common checkpoint and its redo where it is said."""
    tool, postgres, wal = kept / "pg_waldump", kept / "postgres", kept / "data" / "pg_wal"
    tool.write_text(WALDUMP.format(at=NAMES[checkpoint], lsn=checkpoint * SEGMENT + 0x800, redo=redo * SEGMENT + 0x28))
    postgres.write_text(f"#!/bin/sh\ncat <<'EOF'\n{command}\nEOF\n")
    for program in (tool, postgres):
        program.chmod(0o755)
    wal.mkdir()
    for number in set(range(10)) - gone:
        (wal / NAMES[number]).write_bytes(segment(number))
    control = dataclasses.replace(w.CONTROL, segment_size=SEGMENT, system_identifier=SYSTEM)
    instance = dataclasses.replace(w.TARGET, control=control, data_directory=str(kept / "data"), bindir=str(kept))
    lost = dataclasses.replace(w.DIVERGENCE, fork=6 * SEGMENT + 0x500, end=8 * SEGMENT + 0x100)
    before = sorted(wal.iterdir())
    found = archive.restorable(LocalHost(), instance, lost, for_rewind=for_rewind)
    assert sorted(wal.iterdir()) == before
    return found


@pytest.mark.parametrize(
    ("gone", "found"),
    [
        ({0, 1, 2, 3, 4, 5}, [5, 4, 3]),
        ({0, 1, 3, 7}, [3, 7]),
        ({6, 8}, [6, 8]),
        ({0, 1, 2}, []),
    ],
)
def test_as_much_is_looked_for_as_a_rewind_reads(kept: Path, gone: set[int], found: list[int]) -> None:
    command = 'echo "%p" >>../paths; ls "$(dirname %p)" >>../at-once; cp "../archive/%f" "%p"'
    assert missing(kept, command, gone) == Archived(tuple(NAMES[number] for number in found))
    if found:
        assert not any(Path(path).parent.exists() for path in (kept / "paths").read_text().split())
        assert (kept / "at-once").read_text() == ""  # one after the other


def test_for_the_losses_alone_nothing_before_the_fork_is_looked_for(kept: Path) -> None:
    found = missing(kept, 'cp "../archive/%f" "%p"', {4, 5, 6, 7}, for_rewind=False)
    assert found == Archived((NAMES[6], NAMES[7]))


def test_what_the_archive_lacks_is_named(kept: Path) -> None:
    (kept / "archive" / NAMES[4]).unlink()
    found = missing(kept, 'cp "../archive/%f" "%p"', {3, 4, 5})
    assert found.segments == (NAMES[5],) and not found.serves
    assert found.trouble == f"restore_command failed for {NAMES[4]} with exit status 1"


def test_without_a_restore_command_there_is_no_archive(kept: Path) -> None:
    assert missing(kept, "", {4}) == Archived((), "it has no restore_command")


def test_a_history_without_a_checkpoint_is_no_help(kept: Path) -> None:
    assert missing(kept, "cp ../archive/%f %p", {4}, checkpoint=7).trouble.startswith("no checkpoint was found")


def test_an_answer_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(MalformedReply):
        archive._read("x", "restored 1\n")
    with pytest.raises(MalformedReply):
        archive._read("x", f"restored {NAMES[1]}\n")


def test_a_segment_is_named_by_the_newest_timeline_that_has_some_of_it() -> None:
    history = {2: f"1\t{lsn.show(5 * w.SEGMENT + 0x60)}\tx\n"}
    instance = dataclasses.replace(w.TARGET, control=dataclasses.replace(w.CONTROL, timeline=2), histories=history)
    assert [archive._segment(instance, number)[:8] for number in (4, 5, 6)] == ["00000001", "00000002", "00000002"]


def test_up_to_11_recovery_conf_has_the_command() -> None:
    instance = dataclasses.replace(w.TARGET, version="11", settings={"restore_command": "cp /a/%f %p"})
    assert archive.command(instance) == b"cp /a/%f %p\n"
    assert archive.command(dataclasses.replace(instance, version="12")) == b"\n"


def test_where_no_segment_is_missing_any_more() -> None:
    end = 8 * SEGMENT + 0x100
    assert divergence._whole_from([NAMES[number] for number in (3, 4, 7, 8, 9)], end, SEGMENT) == 7 * SEGMENT
    assert divergence._whole_from(NAMES, end, SEGMENT) == 0
    assert divergence._whole_from(NAMES, 8 * SEGMENT, SEGMENT) == 0
    assert divergence._whole_from(NAMES[:8], end, SEGMENT) == 9 * SEGMENT
