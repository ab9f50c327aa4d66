"""Positions, timelines and what the tools print about them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypcp.postgres import controldata, lsn, timelines, waldump
from pypcp.postgres.timelines import Fork

SEGMENT = 16 << 20
positions = st.integers(0, 2**64 - 1)


@given(positions)
def test_positions_are_read_as_shown(position: int) -> None:
    assert lsn.parse(lsn.show(position)) == position


@pytest.mark.parametrize("text", ["", "0", "0/", "x/1", "0/1 2", "123456789/0"])
def test_no_position(text: str) -> None:
    with pytest.raises(ValueError, match="not a WAL position"):
        lsn.parse(text)


def test_segment_names() -> None:
    assert lsn.segment_name(2, lsn.parse("1/3002DA0"), SEGMENT) == "000000020000000100000003"


@pytest.mark.parametrize(
    ("start", "length", "end"),
    [
        ("0/3002DA0", 114, "0/3002E18"),  # a checkpoint record within a page
        ("0/3003FF0", 30, "0/3004028"),  # 16 bytes, a page header of 24, then 14, rounded up
        ("0/3FFFFF0", 30, "0/4000038"),  # the first page of a segment has 40
    ],
)
def test_where_records_end(start: str, length: int, end: str) -> None:
    assert lsn.show(lsn.record_end(lsn.parse(start), length, SEGMENT)) == end


def test_a_header_stepped_over_is_the_same_place() -> None:
    assert lsn.settled(lsn.parse("0/3004018"), SEGMENT) == lsn.parse("0/3004000")
    assert lsn.settled(lsn.parse("0/4000028"), SEGMENT) == lsn.parse("0/4000000")
    assert lsn.settled(lsn.parse("0/3002E18"), SEGMENT) == lsn.parse("0/3002E18")


def test_the_end_of_wal_as_each_version_words_it() -> None:
    record = (
        "rmgr: XLOG        len (rec/tot):    114/   114, tx:          0, lsn: 0/03002DA0, prev 0/03002D28, "
        "desc: CHECKPOINT_SHUTDOWN redo 0/3002DA0; tli 1; prev tli 1\n"
    )
    end = lsn.parse("0/3002E18")
    where = "error in WAL record at 0/3002DA0: "
    for complaint in [
        f"pg_waldump: error: {where}invalid record length at 0/3002E18: wanted 24, got 0",
        f"pg_waldump: FATAL:  {where}invalid record length at 0/3002E18",
        f"pg_waldump: error: {where}invalid record length at 0/3002E18: expected at least 24, got 0",
        f"pg_waldump: error: {where}unexpected pageaddr 0/1000 in log segment X, offset 0",
    ]:
        assert waldump.end_of_wal(record + complaint, SEGMENT) == end
    assert waldump.end_of_wal("pg_waldump: error: could not find file", SEGMENT) is None


def test_commits_are_counted_with_their_times() -> None:
    line = "rmgr: Transaction tx: 739, lsn: 0/1, prev 0/0, desc: COMMIT 2026-11-23 02:25:{}.401642 UTC"
    found = waldump.commits(
        "\n".join([line.format("01"), line.replace("COMMIT", "ABORT"), line.format("02") + "; inval msgs"])
    )
    assert (found.number, found.first, found.last) == (
        2,
        "2026-11-23 02:25:01.401642 UTC",
        "2026-11-23 02:25:02.401642 UTC",
    )


def test_histories() -> None:
    text = "1\t0/3000000\tno recovery target specified\n\n# comment\n2\t0/5000000\twhy\n"
    first, second, last = timelines.history(3, text)
    assert (first.timeline, first.begin, first.end) == (1, 0, 0x3000000)
    assert (second.timeline, second.begin, second.end) == (2, 0x3000000, 0x5000000)
    assert (last.timeline, last.begin, last.end) == (3, 0x5000000, None)
    for bad in ["nonsense", "2\t0/1\n1\t0/2", "3\t0/1"]:
        with pytest.raises(ValueError, match="history of timeline 3"):
            timelines.history(3, bad)


@pytest.mark.parametrize(
    ("target", "source", "fork"),
    [
        (timelines.history(1, ""), timelines.history(2, "1 0/30"), Fork(1, 0x30)),
        (timelines.history(1, ""), timelines.history(1, ""), Fork(1, None)),
        (timelines.history(2, "1 0/30"), timelines.history(1, ""), Fork(1, 0x30)),
        (timelines.history(2, "1 0/30"), timelines.history(2, "1 0/40"), Fork(1, 0x30)),  # both promoted, apart
        (timelines.history(2, "1 0/30"), timelines.history(3, "1 0/30\n2 0/50"), Fork(2, 0x50)),
        (timelines.history(2, "1 0/30"), timelines.history(3, "1 0/40"), Fork(1, 0x30)),
        (timelines.history(3, ""), timelines.history(1, ""), None),
    ],
)
def test_where_histories_part(
    target: tuple[timelines.Stretch, ...], source: tuple[timelines.Stretch, ...], fork: Fork | None
) -> None:
    assert timelines.fork(target, source) == fork
    assert timelines.fork(source, target) == fork


def test_control_data_says_what_is_missing() -> None:
    with pytest.raises(ValueError, match="Database system identifier"):
        controldata.parse("pg_controldata: error: could not open file")
