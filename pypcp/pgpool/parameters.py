"""Look parameters of pgpool.conf up: by name and release, and what is close to a name that there is not."""

from __future__ import annotations

import difflib
import re
from functools import cache

from pypcp.errors import WrongUsage, on_one_line
from pypcp.pgpool.parameter import NEWEST, OLDEST, Parameter, Release
from pypcp.pgpool.parameter_table import TABLE

RELEASES: tuple[Release, ...] = ((3, 6), (3, 7), *((4, minor) for minor in range(NEWEST[1] + 1)))


def release(text: str) -> Release:
    """``4.3`` or ``4.3.5``, also with more around it, as `pgpool --version` prints it. Raises WrongUsage."""
    found = re.search(r"(?<![\d.])(\d{1,2})\.(\d{1,2})(?!\d)", text)
    if not found or (version := (int(found[1]), int(found[2]))) < OLDEST:
        raise WrongUsage(f"take {on_one_line(text)[:60]!r} as a version of pgpool", "it is not 3.6 to 4.7")
    return version


def shown(version: Release) -> str:
    """``4.3``."""
    return ".".join(map(str, version))


def lookup(name: str, version: Release) -> Parameter | None:
    """The parameter of this name in this release; names are compared letter by letter, as pgpool does."""
    return next((each for each in _rows(name) if each.is_in(version)), None)


def ever(name: str) -> Parameter | None:
    """The parameter of this name in any release, the newest of those that there were."""
    return next(reversed(_rows(name)), None)


def is_read(name: str, version: Release) -> bool:
    """Whether this release does something with the name; of three old ones it makes the new one by itself."""
    former = ever(name)
    return lookup(name, version) is not None or (name in _STILL_READ and former is not None)


def required(name: str, version: Release) -> Parameter:
    """The parameter. Raises WrongUsage, which says what it is called in this release, or what is close to it."""
    if found := lookup(name, version):
        return found
    raise WrongUsage(f"use the parameter {on_one_line(name)[:80]}", *_why_not(name, version))


def number_of(name: str) -> int | None:
    """The number at the end of the name, that of a backend or a watchdog member."""
    found = re.search(r"(?<!\d)\d{1,3}$", name)
    return int(found[0]) if found else None


_STILL_READ = ("fail_over_on_backend_error", "delegate_IP", "logdir")  # with a warning


def _rows(name: str) -> tuple[Parameter, ...]:
    table = _by_name()
    return table.get(name) or table.get(re.sub(r"\d{1,3}$", "#", name), ())


@cache
def _by_name() -> dict[str, tuple[Parameter, ...]]:
    rows: dict[str, tuple[Parameter, ...]] = {}
    for row in TABLE:
        rows[row.name] = (*rows.get(row.name, ()), row)
    return rows


def _why_not(name: str, version: Release) -> tuple[str, str]:
    if found := ever(name):
        if found.until < version:
            replaced = f"Use {found.now.replace('#', str(number_of(name) or 0))}." if found.now else ""
            return f"pgpool has it no more since {shown(_after(found.until))}", replaced
        former = next((row.name for row in TABLE if row.now == found.name and row.is_in(version)), "")
        return f"pgpool has it since {shown(found.since)}", f"Here it is {former.replace('#', 'N')}." if former else ""
    number = re.search(r"\d{1,3}$", name)
    known = [row.name.replace("#", number[0] if number else "0") for row in TABLE if row.is_in(version)]
    close = difflib.get_close_matches(name, known, n=3)
    return f"pgpool {shown(version)} has none of this name", f"Close to it: {', '.join(close)}." if close else ""


def _after(version: Release) -> Release:
    return RELEASES[RELEASES.index(version) + 1]
