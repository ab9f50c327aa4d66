"""SHOW commands of pgpool, over SQL: through psycopg (``session``) or through psql as a program (``program``).

pgpool answers SHOW itself, to any user that may log in, only in the simple query protocol, all values as text
(src/utils/pool_process_reporting.c). Unlike PCP it needs a free slot of the pool, and it turns `waiting` into `up`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Way(Protocol):
        """One of the two modules. ``conninfo`` is libpq's, never with a password: that is what .pgpass is for."""

        def show(self, conninfo: str, name: str, timeout: float) -> list[dict[str, str]]: ...

        def query(self, conninfo: str, sql: str, timeout: float, tried: str, do: str = "") -> list[dict[str, str]]: ...
