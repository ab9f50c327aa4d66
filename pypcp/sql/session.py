"""SHOW through psycopg."""

from __future__ import annotations

import contextlib
import os
import socket

from pypcp.errors import ConnectionFailed, OperationFailed, ServerRefused
from pypcp.sql.conninfo import AT_PGPOOL, checked, shown
from pypcp.timing import within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import psycopg


def show(conninfo: str, name: str, timeout: float) -> list[dict[str, str]]:
    """The rows of ``SHOW name``, all texts. Raises ConnectionFailed, ServerRefused, DeadlinePassed and WrongUsage."""
    return query(conninfo, f"SHOW {name}", timeout, f"show {name} on {shown(conninfo)}", do=AT_PGPOOL)


def query(conninfo: str, sql: str, timeout: float, tried: str, do: str = "") -> list[dict[str, str]]:
    """The rows of a query without parameters, as texts; a null is missing from its row. Raises as :func:`show`.

    ``tried`` is what is being done, ``do`` what to do when it fails, both for errors; without ``do`` it is PostgreSQL
    that is asked, and a refusal is an OperationFailed.
    """
    sockets: list[int] = []
    return within(
        timeout, tried, lambda: _rows(checked(conninfo), sql, timeout, tried, do, sockets), lambda: _hang_up(sockets)
    )


def _rows(conninfo: str, sql: str, timeout: float, tried: str, do: str, sockets: list[int]) -> list[dict[str, str]]:
    import psycopg

    try:
        with psycopg.connect(
            conninfo,
            autocommit=True,
            prepare_threshold=None,  # else psycopg prepares the sixth, and PostgreSQL is asked instead of pgpool
            connect_timeout=max(2, round(timeout)),  # libpq takes no less
            client_encoding="UTF8",
        ) as connection:
            sockets.append(connection.fileno())
            try:
                return _told(connection, sql)
            finally:
                sockets.clear()
    except psycopg.OperationalError as error:
        raise ConnectionFailed(tried, _first_line(error), do) from None
    except psycopg.Error as error:
        if not do:
            raise OperationFailed(tried, f'PostgreSQL says "{_first_line(error)}"') from None
        raise ServerRefused(tried, error.diag.severity or "ERROR", _first_line(error), do=do) from None


def _told(connection: psycopg.Connection[Any], sql: str) -> list[dict[str, str]]:
    """The rows of the last result: some versions send the description of the columns twice, which looks like two."""
    cursor = connection.cursor()
    cursor.execute(sql.encode())
    while cursor.nextset():
        pass
    names = [column.name for column in cursor.description or ()]
    return [
        {name: str(value) for name, value in zip(names, row, strict=True) if value is not None}
        for row in cursor.fetchall()
    ]


def _hang_up(sockets: list[int]) -> None:
    """Ends a session that is stuck, so that its thread ends: whoever asks every two seconds must not pile them up."""
    for number in sockets:
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(number)) as connection:
            connection.shutdown(socket.SHUT_RDWR)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
