"""SHOW commands of pgpool, over SQL: through psycopg (``session``) or through psql as a program (``program``).

pgpool answers SHOW itself, to any user that may log in, only in the simple query protocol, all values as text
(src/utils/pool_process_reporting.c). Unlike PCP it needs a free slot of the pool, and it turns `waiting` into `up`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    # The conninfo of libpq (never with a password: that is what .pgpass is for), the command's name, the seconds.
    Ask = Callable[[str, str, float], list[dict[str, str]]]
