"""The one way to wait for something to come true."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Seen = TypeVar("Seen")


def eventually(check: Callable[[], Seen], within: float, what: str = "", every: float = 0.05) -> Seen:
    """What ``check`` returns, as soon as it is true; ``TimeoutError`` with its last answer after ``within`` seconds."""
    end = time.monotonic() + within
    while True:
        seen = check()
        if seen:
            return seen
        if time.monotonic() > end:
            raise TimeoutError(f"{what or check} not within {within} s; last seen: {seen!r}")
        time.sleep(every)
