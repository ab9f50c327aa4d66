"""libpq's connection strings, read and written (PostgreSQL docs: "Connection Strings", keyword/value and URI)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

SECRET = ("password", "sslpassword")
_PAIR = re.compile(
    r"\s*([A-Za-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)(?:[^\s\\]|\\.)*|))(?=\s|\Z)", re.DOTALL
)
_PLAIN = re.compile(r"[A-Za-z0-9_.:,/@+-]+\Z")


def parse(text: str) -> dict[str, str]:
    """The keywords of a connection string with their values, in its order.

    Raises ValueError for a string that libpq would not take either; its text is not repeated, it may hold a password.
    """
    if text.startswith(("postgresql://", "postgres://")):
        return _parse_uri(text)
    values: dict[str, str] = {}
    at = 0
    stripped = text.rstrip()
    while at < len(stripped):
        found = _PAIR.match(text, at)
        if not found:
            raise ValueError(f"not a connection string, from character {at + 1} on")
        values[found[1]] = re.sub(r"\\(.)", r"\1", found[2] if found[2] is not None else found[3], flags=re.DOTALL)
        at = found.end()
    return values


def _parse_uri(text: str) -> dict[str, str]:
    rest, _, query = text.partition("://")[2].partition("?")
    authority, _, database = rest.partition("/")
    credentials, _, places = authority.rpartition("@")
    user, _, password = credentials.partition(":")
    hosts, ports = [], []
    for place in places.split(",") if places else []:
        found = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::(\d*))?", place)
        if not found:
            raise ValueError("not a connection URI: cannot read its host part")
        hosts.append(found[1].strip("[]"))
        ports.append(found[2] or "")
    values = {"user": user, "password": password, "host": ",".join(hosts), "dbname": database}
    values["port"] = ",".join(ports) if any(ports) else ""
    for pair in query.split("&") if query else []:
        name, _, value = pair.partition("=")
        values[name] = value
    return {name: unquote(value) for name, value in values.items() if value}


def write(values: Mapping[str, str]) -> str:
    """The keyword/value string that means these values; quoted only where it must be."""
    return " ".join(f"{name}={_quoted(value)}" for name, value in values.items())


def _quoted(value: str) -> str:
    if _PLAIN.match(value):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def apart(values: Mapping[str, str]) -> tuple[str, bytes]:
    """The string without passwords, for an argument that everybody sees, and the password as a line for stdin.

    An sslpassword is in neither: libpq takes it from nothing but the string.
    """
    open_values = {name: value for name, value in values.items() if name not in SECRET}
    return write(open_values), values.get("password", "").encode("utf-8", "surrogateescape") + b"\n"


def without_secrets(values: Mapping[str, str]) -> dict[str, str]:
    """The same with passwords left out, for messages and plans."""
    return {name: "***" if name in SECRET else value for name, value in values.items()}
