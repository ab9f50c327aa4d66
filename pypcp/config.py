"""The configuration: clusters with a name, whose options then need not be typed.

``[clusters.NAME]`` in the user's file, in a file of its own beside it, or in the system's; the first that has a key
wins. Nothing is read unless a cluster is named.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pypcp.errors import WrongUsage
from pypcp.timing import LONGEST

SYSTEM_FILE = Path("/etc/pypcp/config.toml")


def user_file() -> Path:
    """The user's file: ``$PYPCP_CONFIG``, else ``pypcp/config.toml`` in ``$XDG_CONFIG_HOME`` (``~/.config``)."""
    if named := os.environ.get("PYPCP_CONFIG"):
        return Path(named)
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return Path(home) / "pypcp" / "config.toml"


def cluster_file(name: str) -> Path:
    """The file of a cluster that has one to itself, written by a program: ``clusters/NAME.toml`` beside the user's."""
    return user_file().parent / "clusters" / f"{name}.toml"


@dataclass(frozen=True)
class Cluster:
    """What a file says of a cluster. What it does not say is None.

    ``timeout`` is in seconds; ``sql`` is libpq's connection string for pgpool's own port, without a password.
    """

    name: str
    host: str | None = None
    port: int | None = None
    username: str | None = None
    passfile: str | None = None
    timeout: float | None = None
    sql: str | None = None
    ssh_options: tuple[str, ...] = ()


# The keys, with what their values have to be, in words.
_KINDS: dict[str, tuple[str, Any]] = {
    "host": ("a text", lambda value: isinstance(value, str)),
    "port": ("a number from 1 to 65535", lambda value: type(value) is int and 0 < value < 65536),
    "username": ("a text", lambda value: isinstance(value, str)),
    "passfile": ("a text", lambda value: isinstance(value, str)),
    "sql": ("a text", lambda value: isinstance(value, str)),
    "timeout": ("seconds, up to 30 days of them", lambda value: type(value) in (int, float) and 0 < value <= LONGEST),
    "ssh_options": (
        "a list of texts",
        lambda value: isinstance(value, list) and all(isinstance(each, str) for each in value),
    ),
}


def cluster(name: str) -> Cluster:
    """The cluster of this name. Raises WrongUsage: there is none, or a file has a mistake."""
    files = [_File(path) for path in _paths() if path.is_file()]
    if not any(name in file.clusters for file in files):
        raise _unknown(name, files)
    return _merged(name, files)


def clusters() -> list[Cluster]:
    """All clusters, by name; each file is read once. Raises WrongUsage where a file has a mistake."""
    files = [_File(path) for path in _paths() if path.is_file()]
    return [_merged(name, files) for name in sorted({name for file in files for name in file.clusters})]


def _merged(name: str, files: list[_File]) -> Cluster:
    """What the files say of a cluster; for each key the first that has it counts."""
    found = [file.clusters[name] for file in files if name in file.clusters]
    values = {key: value for each in reversed(found) for key, value in each.items()}
    if passfile := values.get("passfile"):
        values["passfile"] = os.path.expanduser(passfile)
    values["ssh_options"] = tuple(values.get("ssh_options", ()))
    return Cluster(name, **values)


def cluster_names() -> list[str]:
    """The names of all clusters. Raises WrongUsage where a file has a mistake."""
    return sorted({name for path in _paths() if path.is_file() for name in _File(path).clusters})


def _paths() -> Iterator[Path]:
    user = user_file()
    yield user
    yield from sorted((user.parent / "clusters").glob("[!.]*.toml"))
    yield SYSTEM_FILE


def _unknown(name: str, files: list[_File]) -> WrongUsage:
    there = sorted({known for file in files for known in file.clusters})
    if there:
        return WrongUsage(f"use the cluster {name!r}", "no such cluster", f"There are: {', '.join(there)}")
    return WrongUsage(
        f"use the cluster {name!r}", "no cluster is configured", f"Write [clusters.{name}] into {user_file()}"
    )


class _File:
    """One configuration file, read and checked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._text = self._read()
        document = _parsed(self._text, path)
        self.clusters: Mapping[str, dict[str, Any]] = document.get("clusters", {})
        self._check(document)

    def _read(self) -> str:
        try:
            return self.path.read_text(encoding="utf-8")
        except (OSError, UnicodeError) as error:
            said = getattr(error, "strerror", None) or "it is not UTF-8"
            raise WrongUsage(f"read {self.path}", said) from None

    def _check(self, document: Mapping[str, Any]) -> None:
        for key in document:
            if key != "clusters":
                raise self._wrong((key,), f"unknown key {key!r}", "Clusters are written [clusters.NAME].")
        if not isinstance(self.clusters, dict):
            raise self._wrong(("clusters",), "clusters is not a table", "Clusters are written [clusters.NAME].")
        for name, values in self.clusters.items():
            if not isinstance(values, dict):
                raise self._wrong(("clusters", name), f"cluster {name!r} is not a table")
            for key, value in values.items():
                self._check_value(("clusters", name, key), value)

    def _check_value(self, place: tuple[str, ...], value: object) -> None:
        key = place[-1]
        if key not in _KINDS:
            raise self._wrong(place, f"unknown key {key!r}", f"A cluster has: {', '.join(_KINDS)}")
        wanted, is_right = _KINDS[key]
        if not is_right(value):
            raise self._wrong(place, f"{key} is {value!r}", f"It has to be {wanted}.")

    def _wrong(self, place: tuple[str, ...], said: str, do: str = "") -> WrongUsage:
        return WrongUsage(f"read {self.path}, line {_line_of(self._text, place)}", said, do)


def _parsed(text: str, path: Path) -> dict[str, Any]:
    try:
        import tomllib
    except ModuleNotFoundError:  # Python 3.10
        import tomli as tomllib  # type: ignore[import-not-found,no-redef]

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:  # says line and column itself
        raise WrongUsage(f"read {path}", str(error)[:1].lower() + str(error)[1:]) from None


def _line_of(text: str, place: tuple[str, ...]) -> int:
    """The number of the line that brings the key in: with all lines up to it, it is there for the first time."""
    lines = text.split("\n")
    for number in range(1, len(lines) + 1):
        try:
            value: Any = _parsed("\n".join(lines[:number]), Path())
            for key in place:
                value = value[key]
        except (WrongUsage, KeyError, TypeError):
            continue
        return number
    return len(lines)
