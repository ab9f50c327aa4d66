"""Positions in the write-ahead log, as integers (bytes from the beginning), and the names of segment files."""

from __future__ import annotations

import re

PAGE = 8192  # XLOG_BLCKSZ, which hardly anybody changes; gather compares it with the control file
_SHORT_HEADER, _LONG_HEADER = 24, 40  # xlog_internal.h: of each page, and of the first page of a segment
_TEXT = re.compile(r"([0-9A-Fa-f]{1,8})/([0-9A-Fa-f]{1,8})\Z")


def parse(text: str) -> int:
    """``0/3002DA0`` as an integer. Raises ValueError for anything else."""
    found = _TEXT.match(text.strip())
    if not found:
        raise ValueError(f"not a WAL position: {text!r}")
    return int(found[1], 16) << 32 | int(found[2], 16)


def show(lsn: int) -> str:
    """The integer as PostgreSQL writes it: ``0/3002DA0``."""
    return f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"


def record_end(start: int, length: int, segment_size: int) -> int:
    """Where a record ends that starts at ``start`` with ``length`` bytes: page headers passed, rounded up to 8."""
    at, left = start, length
    while True:
        room = PAGE - at % PAGE
        if left <= room:
            return (at + left + 7) & ~7
        left -= room
        at += room
        at += _LONG_HEADER if at % segment_size == 0 else _SHORT_HEADER


def settled(lsn: int, segment_size: int) -> int:
    """The same position with a page header that was just stepped over taken back.

    The end of a record at a page's end and the start of the next one after the header are the same place; tools name
    it either way.
    """
    header = _LONG_HEADER if lsn % segment_size < PAGE else _SHORT_HEADER
    return lsn - header if lsn % PAGE == header else lsn


def segment_name(timeline: int, lsn: int, segment_size: int) -> str:
    """The WAL file that holds this position on this timeline."""
    number = lsn // segment_size
    per_id = 0x100000000 // segment_size
    return f"{timeline:08X}{number // per_id:08X}{number % per_id:08X}"
