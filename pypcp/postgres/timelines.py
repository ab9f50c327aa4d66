"""Histories of timelines, and the point at which two of them part (PostgreSQL: timeline.c, pg_rewind's parsexlog.c)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_LINE = re.compile(r"\s*(\d+)\s+([0-9A-Fa-f]+)/([0-9A-Fa-f]+)")


@dataclass(frozen=True)
class Stretch:
    """One timeline of a history: from ``begin`` to ``end`` (LSN); ``end`` is None on the last, which still goes on."""

    timeline: int
    begin: int
    end: int | None


@dataclass(frozen=True)
class Fork:
    """Where two histories part: the last timeline they share, and the LSN up to which they are the same.

    ``lsn`` is None when neither has left that timeline: their histories do not tell them apart.
    """

    timeline: int
    lsn: int | None


def history(timeline: int, text: str) -> tuple[Stretch, ...]:
    """The stretches that led to ``timeline``, from the text of its .history file (empty for timeline 1).

    Raises ValueError for a line that is none, or for timelines that do not grow.
    """
    stretches: list[Stretch] = []
    begin = 0
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _LINE.match(line)
        if not found or (stretches and int(found[1]) <= stretches[-1].timeline):
            raise ValueError(f"history of timeline {timeline}: bad line {line!r}")
        end = int(found[2], 16) << 32 | int(found[3], 16)
        stretches.append(Stretch(int(found[1]), begin, end))
        begin = end
    if stretches and stretches[-1].timeline >= timeline:
        raise ValueError(f"history of timeline {timeline} names timeline {stretches[-1].timeline}")
    return (*stretches, Stretch(timeline, begin, None))


def fork(target: Sequence[Stretch], source: Sequence[Stretch]) -> Fork | None:
    """Where the two histories part; None when they share nothing at all.

    The same number does not suffice: two servers may both have begun "timeline 2", at different points.
    """
    common: Fork | None = None
    for mine, theirs in zip(target, source, strict=False):
        if (mine.timeline, mine.begin) != (theirs.timeline, theirs.begin):
            break
        ends = [end for end in (mine.end, theirs.end) if end is not None]
        common = Fork(mine.timeline, min(ends) if ends else None)
        if mine.end != theirs.end:
            break
    return common
