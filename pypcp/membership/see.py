"""Watching pgpool until it tells of an effect. Each look is a connection of its own; none is open in between.

Up to pgpool 4.4 a connection that is kept open blocks the very failover or failback that is waited for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from pypcp.errors import ConnectionBroken, ConnectionFailed, DeadlinePassed, MalformedReply, PypcpError
from pypcp.records import Node, Setting

T = TypeVar("T")

FIRST_LOOK = 0.1  # seconds; pgpool takes as long to hand the request over
LONGEST_PAUSE = 1.0
# What may go wrong with one look: pgpool renews its PCP processes in the second after a node change.
PASSING = (ConnectionBroken, ConnectionFailed, DeadlinePassed, MalformedReply)


class Pcp(Protocol):
    """The part of the PCP client that is used; each call makes a connection of its own."""

    timeout: float | None

    def close(self) -> None: ...
    def node_info(self, node_id: int) -> Node: ...
    def node_infos(self) -> list[Node]: ...
    def pool_status(self) -> list[Setting]: ...
    def attach(self, node_id: int) -> None: ...
    def detach(self, node_id: int, *, gracefully: bool = False) -> None: ...
    def promote(self, node_id: int, *, gracefully: bool = False, switchover: bool = False) -> None: ...
    def recover(self, node_id: int) -> None: ...


class Watch:
    """Looks again and again, until ``seconds`` have passed. ``last`` is what was seen last, in words."""

    def __init__(self, pcp: Pcp, seconds: float) -> None:
        self._pcp = pcp
        self._end = time.monotonic() + seconds
        self._seconds = seconds
        self.last = "nothing could be seen yet"

    @property
    def left(self) -> float:
        """The seconds that are left, perhaps below 0."""
        return self._end - time.monotonic()

    def looks(self, look: Callable[[], T], pause: float = FIRST_LOOK) -> Iterator[T]:
        """What each look sees, with growing pauses between them. Ends at the deadline; the caller stops before."""
        while self.left > pause:
            time.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)
            seen = self._try(look)
            if seen is not None:
                yield seen

    def _try(self, look: Callable[[], T]) -> T | None:
        whole = self._pcp.timeout
        self._pcp.timeout = max(min(whole or self.left, self.left), 0.1)
        try:
            return look()
        except PASSING as trouble:
            self.last = f"{trouble.tried}: {trouble.said}"
            return None
        finally:
            self._pcp.timeout = whole
            self._pcp.close()  # also where the caller is inside ``with``

    def late(self, tried: str, do: str) -> PypcpError:
        """The error for what was not seen in time."""
        return DeadlinePassed(tried, f"not seen to happen within {self._seconds:g} s; last seen: {self.last}", do)
