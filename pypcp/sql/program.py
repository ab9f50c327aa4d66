"""SQL through psql as a program, where psycopg is not wanted."""

from __future__ import annotations

import os
import subprocess

from pypcp.errors import ConnectionFailed, DeadlinePassed, OperationFailed, ServerRefused, WrongUsage
from pypcp.sql.conninfo import AT_PGPOOL, checked, shown

# The separators of ASCII: no value has them, and psql prints whatever else stands in a value as it is.
_FIELD, _RECORD = "\x1f", "\x1e"


def show(conninfo: str, name: str, timeout: float) -> list[dict[str, str]]:
    """The rows of ``SHOW name``, all texts. Raises ConnectionFailed, ServerRefused, DeadlinePassed and WrongUsage."""
    return query(conninfo, f"SHOW {name}", timeout, f"show {name} on {shown(conninfo)} with psql", AT_PGPOOL)


def query(conninfo: str, sql: str, timeout: float, tried: str, do: str = "") -> list[dict[str, str]]:
    """The rows of a query, as texts; a null is an empty one. Raises as :func:`show`.

    ``tried`` and ``do`` are as for :func:`pypcp.sql.session.query`.
    """
    command = ["psql", "-X", "-w", "-q", "-A", "-F", _FIELD, "-R", _RECORD, "-P", "footer=off", "-P", "pager=off"]
    try:
        done = subprocess.run(
            [*command, "-c", sql, "-d", checked(conninfo)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            env={**os.environ, "PGCLIENTENCODING": "UTF8", "LC_MESSAGES": "C"},
            check=False,
        )
    except FileNotFoundError:
        raise WrongUsage(tried, "there is no psql here", "Leave --psql away, or install PostgreSQL's client.") from None
    except subprocess.TimeoutExpired:
        raise DeadlinePassed(tried, f"no answer within {timeout:g} s") from None
    if done.returncode:
        said = (done.stderr.decode("utf-8", "replace").strip() or f"psql ended with {done.returncode}").splitlines()[0]
        if done.returncode == 2:  # the connection failed or broke (psql's manual, "Exit Status")
            raise ConnectionFailed(tried, said, do)
        raise ServerRefused(tried, "ERROR", said) if do else OperationFailed(tried, f'PostgreSQL says "{said}"')
    return read(done.stdout.decode("utf-8", "replace"))


def read(printed: str) -> list[dict[str, str]]:
    """The rows of unaligned output with a header.

    Some versions of pgpool describe the columns twice, and psql takes it for two results, the first without rows.
    """
    header, *records = printed.rstrip("\n").split(_RECORD)
    names = header.rsplit("\n", 1)[-1].split(_FIELD)
    rows = [record.split(_FIELD) for record in records]
    return [dict(zip(names, row, strict=True)) for row in rows if len(row) == len(names)]
