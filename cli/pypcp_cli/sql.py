"""The options of commands that ask pgpool over SQL, and where it is found when they are not given."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass

import click

from pypcp.errors import PypcpError
from pypcp_cli.options import Pgpool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pypcp.sql import Way


def way(by_psql: bool) -> Way:
    """psql or psycopg."""
    if by_psql:
        from pypcp.sql import program

        return program
    from pypcp.sql import session

    return session


class Sql:
    """pgpool over SQL: a connection string, and the way to ask."""

    def __init__(self, pgpool: Pgpool, conninfo: str | None, by_psql: bool) -> None:
        self._pgpool = pgpool
        self._conninfo = conninfo or pgpool.sql
        self._by_psql = by_psql

    def show(self, name: str) -> list[dict[str, str]]:
        """The rows of a SHOW command. Raises PypcpError."""
        return way(self._by_psql).show(self.conninfo(), name, self._pgpool.timeout)

    def conninfo(self) -> str:
        """As configured; else what libpq's environment says; else pgpool is asked over PCP for its port."""
        if self._conninfo is None:
            from pypcp.sql.conninfo import of_pgpool

            told = {} if os.environ.get("PGPORT") else self._settings()
            self._conninfo = of_pgpool(self._pgpool.address.host, told)
        return self._conninfo

    def _settings(self) -> dict[str, str]:
        try:
            return {setting.name: setting.value for setting in self._pgpool.client().pool_status()}
        except PypcpError as error:
            self._pgpool.console.complain(f"pgpool's port for SQL is not known, 9999 is tried: {error.tried}")
            return {}


def sql_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--sql`` and ``--psql``, under the connection's options; the function is given ``sql``, a :class:`Sql`."""

    @functools.wraps(function)
    def wrapper(pgpool: Pgpool, *args: Any, sql: str | None, psql: bool, **rest: Any) -> Any:
        return function(pgpool, *args, sql=Sql(pgpool, sql, psql), **rest)

    return _sql_option(_psql_option(wrapper))


@dataclass(frozen=True)
class Wish:
    """Whether SQL is asked at all, with which connection string if one was given, and whether through psql."""

    asks_sql: bool = True
    conninfo: str | None = None
    by_psql: bool = False


def wish_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--no-sql``, ``--sql`` and ``--psql``; the function is given ``wish``, a :class:`Wish`."""

    @functools.wraps(function)
    def wrapper(*args: Any, no_sql: bool, sql: str | None, psql: bool, **rest: Any) -> Any:
        return function(*args, wish=Wish(not no_sql, sql, psql), **rest)

    no_sql = click.option(
        "--no-sql", is_flag=True, help="Ask over PCP only: no session, and nothing from the PostgreSQLs themselves."
    )
    return no_sql(_sql_option(_psql_option(wrapper)))


def _psql_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--psql", is_flag=True, help="Run psql instead of connecting with psycopg.")(function)


def _sql_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--sql",
        metavar="CONNINFO",
        envvar="PYPCP_SQL",
        help="libpq's connection string for pgpool's own port. [default: asked from pgpool; PGPORT, PGUSER, ...]",
    )(function)
