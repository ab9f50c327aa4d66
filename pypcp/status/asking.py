"""A question to something that may hang, asked in the background."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Generic, TypeVar

from pypcp.errors import AuthenticationFailed, DeadlinePassed, PypcpError
from pypcp.status.facts import Source

T = TypeVar("T")


class Asking(Generic[T]):
    """A question and, in time or never, its answer. ``end`` is on the monotonic clock."""

    def __init__(self, name: str, end: float) -> None:
        self._name = name
        self._end = end
        self._began = time.monotonic()
        self._took: float | None = None
        self._answer: T | None = None
        self._error: PypcpError | None = None
        self._done: Future[None] = Future()

    @classmethod
    def started(cls, name: str, end: float, ask: Callable[[], T]) -> Asking[T]:
        """A question that is being asked in a thread of its own."""
        asking = cls(name, end)
        in_background(name, lambda: asking.run(ask))
        return asking

    def run(self, ask: Callable[[], T]) -> None:
        """Ask, here and now."""
        with self._noted():
            self._answer = ask()

    async def wait(self, answer: Awaitable[T]) -> PypcpError | None:
        """Wait for the answer; what went wrong, if anything did."""
        with self._noted():
            self._answer = await answer
        return self._error

    @contextmanager
    def _noted(self) -> Iterator[None]:
        """Keep what goes wrong, and how long it took."""
        self._began = time.monotonic()
        try:
            yield
        except PypcpError as error:
            self._error = error
        except Exception as bug:  # a thread that dies without a word would look like silence
            self._error = PypcpError(f"ask {self._name}", f"{type(bug).__name__}: {bug}")
        self._took = time.monotonic() - self._began
        self._done.set_result(None)

    async def result(self, part: float = 1.0) -> T | None:
        """The answer; None when there was an error, or none came in time, or in this part of the time that is left."""
        left = max(0.0, self._end - time.monotonic()) * part
        if not self._done.done():
            await asyncio.wait([asyncio.wrap_future(self._done)], timeout=left)
        return self._answer if self._done.done() else None

    def source(self) -> Source:
        """What became of it."""
        if not self._done.done():
            took = time.monotonic() - self._began
            return Source(self._name, round(took, 3), f"no answer within {took:.1f} s", is_silent=True)
        error = self._error
        said = None if error is None else (error.said or error.tried).splitlines()[0]
        is_silent, is_login = isinstance(error, DeadlinePassed), isinstance(error, AuthenticationFailed)
        return Source(self._name, round(self._took or 0, 3), said, is_silent, is_login)


def in_background(name: str, work: Callable[[], object]) -> None:
    """Run it in a thread that does not keep the program from ending."""
    threading.Thread(target=work, name=name, daemon=True).start()
