"""Deadlines, and what a silence means. Shared by both clients."""

from __future__ import annotations

import time

from pypcp.errors import DeadlinePassed, PypcpError, WrongUsage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")

CONNECT_TIMEOUT = 10.0
# Since 4.3 pgpool asks the PostgreSQL of every node for a node info and waits up to its own connect_timeout (10 s by
# default) for each frozen one, so less than this would fail exactly when one has to look.
TIMEOUT = 30.0
LONGEST = 30 * 86400.0  # seconds; sockets take no more than some weeks


def checked(seconds: float) -> float:
    """The same seconds. Raises WrongUsage unless they are more than zero."""
    if not seconds > 0:
        raise WrongUsage(f"wait {seconds} s", "a timeout is more than 0 seconds")
    return seconds


class Deadline:
    """A moment that is ``seconds`` away."""

    __slots__ = ("_end", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """The seconds that are left. Raises TimeoutError when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def late(tried: str, deadline: Deadline) -> DeadlinePassed:
    """The error for a command that took longer than it was given."""
    return DeadlinePassed(tried, f"no complete answer within {deadline.seconds:g} s", "Give it more with --timeout.")


def within(seconds: float, tried: str, work: Callable[[], T], give_up: Callable[[], object] = bool) -> T:
    """What ``work`` returns or raises, in a thread of its own. Raises DeadlinePassed, and leaves the thread behind.

    For libraries that know no deadline themselves; the thread does not keep the program from ending. ``give_up`` is
    called at the deadline, so that the work ends.
    """
    import queue
    import threading

    results: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            results.put((work(), None))
        except BaseException as error:
            results.put((None, error))

    threading.Thread(target=run, name=tried, daemon=True).start()
    try:
        result, error = results.get(timeout=seconds)
    except queue.Empty:
        give_up()
        raise late(tried, Deadline(seconds)) from None
    if error:
        raise error
    return result  # type: ignore[return-value]


def probe_time(timeout: float) -> float:
    """The part of a command's time, in seconds, that is kept for finding out who is silent."""
    return min(1.0, timeout / 5)


def explain_silence(passed: DeadlinePassed, probe: PypcpError | None) -> DeadlinePassed:
    """Says whether pgpool was silent, or waits for a PostgreSQL.

    ``probe`` is how the question for the node count ended, which pgpool answers from memory; None for well.
    """
    if probe:
        said = f"{passed.said}; pgpool itself is silent: it does not tell the number of nodes either"
        return DeadlinePassed(passed.tried, said, "See whether pgpool is running and what its log says.")
    said = f"{passed.said}; pgpool itself answers, so it is waiting for a PostgreSQL that does not"
    return DeadlinePassed(
        passed.tried,
        said,
        "See which one: pypcp health-check-stats -n N. pgpool waits 10 s for each frozen node: "
        "give more with --timeout.",
    )
