"""What a drill measured: moments of success and of failure, and the acts between which they lie. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

NOTICEABLE = 0.5  # seconds without success that a picture shows and a person notices


@dataclass(frozen=True)
class Act:
    """One thing that was done to the pair. ``began`` and ``ended`` are seconds since the drill began.

    ``result`` is what came of it; ``no_connection`` and ``no_write`` are the longest times, in seconds, in which no
    client could connect or write.
    """

    key: str
    title: str
    began: float
    ended: float
    result: str
    no_connection: float
    no_write: float


@dataclass(frozen=True)
class Record:
    """A whole drill. ``connections`` and ``writes`` are the moments, in seconds, at which one succeeded, in order.

    ``acknowledged`` is how many commits were acknowledged, ``missing`` those of them that are not there at the end.
    ``trouble`` is why it ended early, with what to do; empty when all acts were done.
    """

    name: str
    when: str
    acts: tuple[Act, ...]
    connections: tuple[float, ...]
    writes: tuple[float, ...]
    seconds: float
    acknowledged: int
    missing: tuple[int, ...]
    trouble: str = ""

    @property
    def passed(self) -> bool:
        return not self.missing and not self.trouble


def gaps(successes: Sequence[float], begin: float, end: float, longer_than: float = 0.0) -> list[tuple[float, float]]:
    """The times between two successes, cut to what lies between ``begin`` and ``end``; all are in seconds."""
    edges = [begin, *(moment for moment in successes if begin < moment < end), end]
    before = max((moment for moment in successes if moment <= begin), default=begin)
    after = min((moment for moment in successes if moment >= end), default=end)
    edges[0], edges[-1] = before, after
    return [(one, next_) for one, next_ in zip(edges, edges[1:], strict=False) if next_ - one > longer_than]


def longest(successes: Sequence[float], begin: float, end: float) -> float:
    """The longest time without success around ``begin`` to ``end``, in seconds."""
    return max((until - since for since, until in gaps(successes, begin, end)), default=0.0)
