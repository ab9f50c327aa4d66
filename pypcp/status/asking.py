"""A question to something that may hang, asked in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from pypcp.errors import AuthenticationFailed, DeadlinePassed, PypcpError
from pypcp.status.facts import Source

T = TypeVar("T")


class Asking(Generic[T]):
    """A question that is being answered in a thread of its own, until ``end`` on the monotonic clock."""

    def __init__(self, name: str, end: float, ask: Callable[[], T]) -> None:
        self._name = name
        self._end = end
        self._ask = ask
        self._began = time.monotonic()
        self._took: float | None = None
        self._answer: T | None = None
        self._error: PypcpError | None = None
        self._is_done = threading.Event()
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def result(self) -> T | None:
        """The answer; None when there was an error, or none came in time."""
        return self._answer if self._is_done.wait(max(0.0, self._end - time.monotonic())) else None

    def source(self) -> Source:
        if not self._is_done.is_set():
            took = time.monotonic() - self._began
            return Source(self._name, round(took, 3), f"no answer within {took:.1f} s", is_silent=True)
        error = self._error
        said = None if error is None else (error.said or error.tried).splitlines()[0]
        return Source(
            self._name,
            round(self._took or 0, 3),
            said,
            isinstance(error, DeadlinePassed),
            isinstance(error, AuthenticationFailed),
        )

    def _run(self) -> None:
        try:
            self._answer = self._ask()
        except PypcpError as error:
            self._error = error
        except Exception as bug:  # a thread that dies without a word would look like silence
            self._error = PypcpError(f"ask {self._name}", f"{type(bug).__name__}: {bug}")
        self._took = time.monotonic() - self._began
        self._is_done.set()
