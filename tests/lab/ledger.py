"""A client that writes numbered rows through pgpool and remembers each commit that was acknowledged."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from types import TracebackType

import psycopg

from pypcp.lab import Lab
from pypcp.lab.processes import wait_until

TABLE = "CREATE TABLE IF NOT EXISTS ledger (n bigint PRIMARY KEY, at timestamptz DEFAULT clock_timestamp())"


PATIENCE = 5.0  # seconds


class Ledger:
    """Writes from ``with`` to its end. A row whose commit got no answer may be there or not; the next has a new number.

    ``acknowledged`` are the numbers in order, ``gap`` the longest time between two of them, in seconds.
    """

    def __init__(self, lab: Lab, first: int) -> None:
        self._conninfo = (
            f"host=127.0.0.1 port={lab.port} user=postgres dbname=postgres passfile='{lab.pgpass}' connect_timeout=2"
        )
        self._next = first
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._watcher = threading.Thread(target=self._end_hung_sessions, daemon=True)
        self.acknowledged: list[int] = []
        self.errors: list[str] = []
        self.gap = 0.0
        self._session: psycopg.Connection[tuple[object, ...]] | None = None
        self._asked = 0.0

    def __enter__(self) -> Ledger:
        self._thread.start()
        self._watcher.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        assert wait_until(lambda: not self._watcher.is_alive(), 30)

    def goes_on(self, commits: int = 200, within: float = 20.0) -> bool:
        """Whether so many more commits are acknowledged within as many seconds."""
        wanted = len(self.acknowledged) + commits
        return wait_until(lambda: len(self.acknowledged) >= wanted, within)

    def _end_hung_sessions(self) -> None:
        """End each session that got no answer for long, as clients do: one can hang in pgpool after a failover."""
        while self._thread.is_alive():
            session = self._session
            if session and time.monotonic() - self._asked > PATIENCE:
                with contextlib.suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(session.fileno())) as it:
                    it.shutdown(socket.SHUT_RDWR)
            time.sleep(0.1)

    def _write(self) -> None:
        last = time.monotonic()
        while not self._stop.is_set():
            try:
                with psycopg.connect(self._conninfo, autocommit=True) as session:
                    self._asked, self._session = time.monotonic(), session
                    while not self._stop.is_set():
                        number, self._next = self._next, self._next + 1
                        self._asked = time.monotonic()
                        session.execute("INSERT INTO ledger (n) VALUES (%s)", (number,))
                        self.acknowledged.append(number)
                        now = time.monotonic()
                        self.gap, last = max(self.gap, now - last), now
            except psycopg.Error as error:
                self._session = None
                self.errors.append(str(error).strip())
                with contextlib.suppress(TimeoutError):
                    self._stop.wait(0.02)
