"""What pg_waldump (pg_xlogdump up to 9.6) says about the end of the WAL and about its transactions."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pypcp.postgres import lsn

# 9.5 ends after the position, 10 to 16 say "wanted 24, got 0", 17 "expected at least 24": only the position is read.
_END = re.compile(r"invalid record length at ([0-9A-F]+/[0-9A-F]+)")
_RECORD = re.compile(
    r"len \(rec/tot\):\s*\d+/\s*(\d+), tx:\s*(\d+), lsn: ([0-9A-F]+/[0-9A-F]+), prev ([0-9A-F]+/[0-9A-F]+)"
)
_COMMIT_TIME = re.compile(r"desc: COMMIT(?:_PREPARED)? (?:\d+: )?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [^\s;]+)")


@dataclass(frozen=True)
class Commits:
    """Committed transactions in a stretch of WAL; times as the dump tool prints them, None when there is none."""

    number: int
    first: str | None
    last: str | None


def end_of_wal(last_lines: str, segment_size: int) -> int | None:
    """The LSN after the last valid record; None when nothing could be read.

    ``last_lines`` are the last record that the dump tool printed and what it complained of when it stopped.
    """
    if found := _END.search(last_lines):
        return lsn.settled(lsn.parse(found[1]), segment_size)
    if record := _RECORD.search(last_lines):
        return lsn.settled(lsn.record_end(lsn.parse(record[3]), int(record[1]), segment_size), segment_size)
    return None


@dataclass(frozen=True)
class Record:
    """A WAL record, by all that identifies it without its content: positions are LSNs, ``length`` is in bytes."""

    start: int
    previous: int
    length: int
    transaction: int


def last_record(lines: str) -> Record | None:
    """The last record among what the dump tool printed, None when there is none."""
    found = list(_RECORD.finditer(lines))
    if not found:
        return None
    length, transaction, start, previous = found[-1].groups()
    return Record(lsn.parse(start), lsn.parse(previous), int(length), int(transaction))


def commits(lines: str) -> Commits:
    """Count the COMMIT records among dumped transaction records."""
    found = [line for line in lines.splitlines() if "desc: COMMIT" in line]
    times = [match[1] for match in map(_COMMIT_TIME.search, found) if match]
    return Commits(len(found), times[0] if times else None, times[-1] if times else None)
