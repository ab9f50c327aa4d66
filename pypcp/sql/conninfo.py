"""Where pgpool or a PostgreSQL is reached over SQL: libpq's connection strings, without any password in them."""

from __future__ import annotations

import re

from pypcp.errors import WrongUsage

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
