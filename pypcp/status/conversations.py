"""One thread that carries all looks and their PCP conversations, however many there are.

Hundreds of threads, each with a server to wait for, lose much time in taking turns. What may block, SQL and the look-up
of names, has threads.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Coroutine, Iterable
from functools import partial
from typing import Any, TypeVar

from pypcp.status.asking import in_background

T = TypeVar("T")


class _Loop(asyncio.SelectorEventLoop):
    """Looks names up in threads that do not keep the program from ending, as asyncio's own would when one hangs."""

    async def getaddrinfo(self, host: Any, port: Any, **how: int) -> Any:
        found: asyncio.Future[Any] = self.create_future()
        in_background(f"name {host}", partial(self._look_up, found, host, port, how))
        return await found

    def _look_up(self, found: asyncio.Future[Any], host: Any, port: Any, how: dict[str, int]) -> None:
        try:
            told = partial(found.set_result, socket.getaddrinfo(host, port, **how))
        except (OSError, UnicodeError) as unknown:
            told = partial(found.set_exception, unknown)
        self.call_soon_threadsafe(lambda: None if found.done() else told())


_starting = threading.Lock()
_running: list[_Loop] = []


def run(work: Coroutine[Any, Any, T]) -> T:
    """What ``work`` returns or raises, carried by that thread. Not to be called from it."""
    with _starting:
        if not _running:
            _running.append(_Loop())
            in_background("looks", _running[0].run_forever)
    return asyncio.run_coroutine_threadsafe(work, _running[0]).result()


async def together(works: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """What all of them return, in their order."""
    return await asyncio.gather(*works)


_begun: set[asyncio.Task[object]] = set()  # the loop itself keeps no task alive


def begin(work: Coroutine[Any, Any, object], seconds: float) -> None:
    """Let it go on beside what begins it, for so many seconds at most. What it raises is nobody's concern."""

    def end(task: asyncio.Task[object]) -> None:
        _begun.discard(task)
        if not task.cancelled():
            task.exception()  # else asyncio complains that nobody asked

    task = asyncio.ensure_future(asyncio.wait_for(work, seconds))
    _begun.add(task)
    task.add_done_callback(end)
