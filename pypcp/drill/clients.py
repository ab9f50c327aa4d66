"""The clients of a drill: one writes numbered rows, one connects anew all the time. Both note each success."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType

import psycopg

from pypcp.errors import OperationFailed
from pypcp.sql.conninfo import checked, shown

PATIENCE = 5.0  # seconds; a session can hang in pgpool after a failover, and who waits for ever measures nothing
PAUSE = 0.02  # seconds between two tries


class _Session:
    """A session that is ended when it gives no answer for PATIENCE."""

    def __init__(self) -> None:
        self._asked: float | None = None
        self._descriptor = -1
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def awaited(self, connection: psycopg.Connection[tuple[object, ...]]) -> Iterator[None]:
        """Inside, an answer of this session is awaited."""
        with self._lock:
            self._descriptor, self._asked = connection.fileno(), time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                self._asked = None

    def end_if_it_hangs(self) -> None:
        with self._lock:
            if self._asked is None or time.monotonic() - self._asked < PATIENCE:
                return
            with contextlib.suppress(OSError), socket.socket(fileno=os.dup(self._descriptor)) as hanging:
                hanging.shutdown(socket.SHUT_RDWR)
            self._asked = None


class Clients:
    """Two clients at ``conninfo``, at work from ``with`` to its end. Times are seconds since the beginning.

    ``acknowledged`` are the numbers whose commit was acknowledged, in order. The table is the clients' own and is
    dropped at the end by :meth:`missing`. Raises OperationFailed when not even the table can be made.
    """

    def __init__(self, conninfo: str) -> None:
        self._conninfo = f"{checked(conninfo)} connect_timeout=2 application_name=pypcp-drill"
        self.table = f"pypcp_drill_{secrets.token_hex(4)}"
        self.connections: list[float] = []
        self.writes: list[float] = []
        self.acknowledged: list[int] = []
        self._next = 0
        self._stop = threading.Event()
        self._began = time.monotonic()
        self._writing, self._connecting = _Session(), _Session()
        self._threads = [
            threading.Thread(target=work, daemon=True)
            for work in (lambda: self._for_ever(self._write), lambda: self._for_ever(self._connect), self._guard)
        ]

    def now(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began

    def __enter__(self) -> Clients:
        try:
            with psycopg.connect(self._conninfo, autocommit=True) as session:
                session.execute(f"CREATE TABLE {self.table} (n bigint PRIMARY KEY)".encode())
        except psycopg.Error as error:
            raise OperationFailed(
                f"make a table of the drill's own at {shown(self._conninfo)}",
                str(error).strip().partition("\n")[0],
                "Say with --sql how clients reach the pair, as a user who may create a table.",
            ) from None
        self._began = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE * 2)

    def serve(self) -> bool:
        """Whether both a connection and a write succeed from now on, within a few seconds."""
        before = len(self.connections), len(self.writes)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if len(self.connections) > before[0] and len(self.writes) > before[1]:
                return True
            time.sleep(PAUSE)
        return False

    def missing(self) -> tuple[int, ...]:
        """What was acknowledged and is not there; the table is dropped then. Raises OperationFailed."""
        try:
            with psycopg.connect(self._conninfo, autocommit=True) as session:
                rows = session.execute(f"/*NO LOAD BALANCE*/ SELECT n FROM {self.table}".encode()).fetchall()
                session.execute(f"DROP TABLE {self.table}".encode())
        except psycopg.Error as error:
            said = str(error).strip().partition("\n")[0]
            raise OperationFailed(f"read back what was written, from table {self.table}", said) from None
        return tuple(sorted(set(self.acknowledged) - {int(str(row[0])) for row in rows}))

    def _for_ever(self, work: Callable[[], None]) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(psycopg.Error, OSError):
                work()
            self._stop.wait(PAUSE)

    def _write(self) -> None:
        with psycopg.connect(self._conninfo, autocommit=True) as session:
            while not self._stop.wait(PAUSE / 2):
                number, self._next = self._next, self._next + 1
                with self._writing.awaited(session):
                    session.execute(f"INSERT INTO {self.table} VALUES ({number})".encode())
                self.acknowledged.append(number)
                self.writes.append(self.now())

    def _connect(self) -> None:
        with psycopg.connect(self._conninfo, autocommit=True) as session:
            with self._connecting.awaited(session):
                session.execute(b"SELECT 1")
            self.connections.append(self.now())

    def _guard(self) -> None:
        while not self._stop.wait(0.1):
            self._writing.end_if_it_hangs()
            self._connecting.end_if_it_hangs()
