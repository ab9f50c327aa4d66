"""Where pgpool or a PostgreSQL is reached over SQL: libpq's connection strings, without any password in them."""

from __future__ import annotations

import os
import re

from pypcp.errors import WrongUsage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_PORT = 9999  # pgpool.conf's `port`
AT_PGPOOL = (
    "Say how pgpool is reached over SQL with --sql, such as: --sql 'host=ha port=9999 user=postgres dbname=postgres'; "
    "passwords come from .pgpass."
)


def conninfo(**values: object) -> str:
    """A connection string of keywords and values; those that are None or empty are left to libpq's own defaults."""
    return " ".join(f"{key}={_quoted(str(value))}" for key, value in values.items() if value not in (None, ""))


def checked(text: str) -> str:
    """The string, if it has no password in it: others could read it there. Raises WrongUsage."""
    if re.search(r"(?i)(?:^|[\s?&])(?:ssl)?password\s*=", text) or re.match(r"[a-z]+://[^/@]*:[^/@]*@", text):
        raise WrongUsage("connect over SQL", "the connection string has a password in it", "Put it into ~/.pgpass.")
    return text


def shown(text: str) -> str:
    """The host and the port of a connection string, for messages."""
    found = {key: value.strip("'") for key, value in re.findall(r"(host|port)\s*=\s*('[^']*'|\S+)", text)}
    if not found:
        return re.sub(r"//[^@/]*@", "//", text) if "//" in text else "the local server"
    return f"{found.get('host', 'localhost')}:{found.get('port', '5432')}"


def _quoted(value: str) -> str:
    if re.fullmatch(r"[\w.:/-]+", value):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def of_pgpool(host: str | None, settings: Mapping[str, str]) -> str:
    """Where pgpool listens for SQL, by its settings, for the user with whom it checks replication.

    What libpq's environment says comes first. ``host`` is where pgpool was reached over PCP, None for this machine.
    """
    environment = os.environ.get
    user = settings.get("sr_check_user")
    return conninfo(
        host=environment("PGHOST") or host or "localhost",
        port=environment("PGPORT") or settings.get("port") or DEFAULT_PORT,
        user=None if environment("PGUSER") or user == "nobody" else user,
        dbname=None if environment("PGDATABASE") else settings.get("sr_check_database") or "postgres",
    )


def redirected(text: str, host: str, port: str) -> str:
    """The same connection string, for another server: user, database, passfile and the rest stay.

    What is said later wins, also over a service and over the host of a URI (libpq's fe-connect.c, `conninfo_storeval`);
    an empty hostaddr is none.
    """
    if re.match(r"postgres(ql)?://", text):
        from urllib.parse import quote, urlencode

        values = urlencode({"host": host, "hostaddr": "", "port": port}, quote_via=quote)
        return f"{text}{'&' if '?' in text else '?'}{values}"
    return f"{text} {conninfo(port=port)} host={_quoted(host)} hostaddr=''"
