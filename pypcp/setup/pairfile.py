"""A pair's description as TOML: read with every mistake told at once, written so that it reads back the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from pypcp.errors import WrongUsage
from pypcp.setup import pair as parts
from pypcp.setup.checks import Unfit
from pypcp.setup.pair import Pair

TABLES: dict[str, type[Any]] = {
    kind.table: kind
    for kind in (
        parts.Pgpool,
        parts.VirtualIp,
        parts.Watchdog,
        parts.Users,
        parts.HealthCheck,
        parts.Log,
        parts.LoadBalance,
    )
}


def read(path: Path) -> Pair:
    """The pair that a file describes. Raises WrongUsage, which tells every mistake."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        said = getattr(error, "strerror", None) or "it is not UTF-8"
        raise WrongUsage(f"read {path}", said, "Write one: pypcp setup init") from None
    return parse(text, str(path))


def parse(text: str, path: str = "pair.toml") -> Pair:
    """As ``read``, from the text itself."""
    try:
        return from_document(document_of(text))
    except ValueError as error:
        said = error.said if isinstance(error, WrongUsage) else str(error)
        raise WrongUsage(f"read {path}", said, "See `pypcp setup init --help` and docs/setup.md") from None


def document_of(text: str) -> dict[str, Any]:
    """TOML as Python's own types. Raises ValueError."""
    try:
        import tomllib
    except ModuleNotFoundError:  # Python 3.10
        import tomli as tomllib  # type: ignore[import-not-found,no-redef]
    return tomllib.loads(text)


def from_document(document: Mapping[str, Any]) -> Pair:
    """The pair of a document, as from TOML or from questions. Raises Unfit with every mistake."""
    wrong: list[str] = []
    known = {"name", "hosts", *TABLES}
    wrong += [f"unknown key {key!r}; there are: {', '.join(sorted(known))}" for key in document if key not in known]
    made = {name: _part(kind, name, document.get(name, {}), wrong) for name, kind in TABLES.items()}
    hosts = document.get("hosts", [])
    if not isinstance(hosts, list):
        hosts, wrong = [], [*wrong, "hosts is no list of tables; they are written [[hosts]]"]
    members = [_part(parts.Member, f"hosts[{number}]", table, wrong) for number, table in enumerate(hosts)]
    if wrong:
        raise Unfit("describe the pair", "; ".join(wrong))
    name = {"name": document["name"]} if "name" in document else {}
    return Pair(hosts=tuple(members), **name, **made)


def _part(kind: type[Any], place: str, table: object, wrong: list[str]) -> Any:
    """A part made from its table; what is wrong with it is added to the list."""
    if not isinstance(table, Mapping):
        wrong.append(f"{place} is no table")
        return None
    names = [each.name for each in fields(kind)]
    unknown = [key for key in table if key not in names]
    wrong += [f"unknown key {place}.{key}; there are: {', '.join(names)}" for key in unknown]
    missing = [each.name for each in fields(kind) if each.default is MISSING and each.name not in table]
    wrong += [f"{place}.{name} is missing" for name in missing]
    if unknown or missing:
        return None
    try:
        return kind(**{key: _frozen(value) for key, value in table.items()})
    except Unfit as why:
        wrong.append(why.said.replace(f"{kind.table}.", f"{place}."))
        return None


def _frozen(value: Any) -> Any:
    """Lists and tables as tuples; a table's numbers and booleans as pgpool.conf has them."""
    if isinstance(value, dict):
        return tuple((key, _as_text(each)) for key, each in value.items())
    return tuple(value) if isinstance(value, list) else value


def _as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value) if isinstance(value, int) else value


def written(pair: Pair) -> str:
    """The TOML of a pair: every value, also those that are defaults, so that it can be seen what can be changed."""
    lines = [f"name = {_toml(pair.name)}"]
    for host in pair.hosts:
        lines += ["", "[[hosts]]", *_pairs(host)]
    for name in TABLES:
        lines += ["", f"[{name}]", *_pairs(getattr(pair, name))]
    if pair.pgpool.settings:
        lines += ["", "[pgpool.settings]", *(f"{key} = {_toml(value)}" for key, value in pair.pgpool.settings)]
    return "\n".join(lines) + "\n"


def _pairs(part: Any) -> list[str]:
    return [f"{each.name} = {_toml(getattr(part, each.name))}" for each in fields(part) if each.name != "settings"]


def _toml(value: Any) -> str:
    return "[" + ", ".join(map(_toml, value)) + "]" if isinstance(value, tuple) else json.dumps(value)
