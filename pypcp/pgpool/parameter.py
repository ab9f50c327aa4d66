"""One parameter of pgpool.conf: since when, how it takes effect, what it can hold and what its value means."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

Release = tuple[int, int]

OLDEST, NEWEST = (3, 6), (4, 7)
INT_MAX, LONG_MAX = (1 << 31) - 1, (1 << 63) - 1

_UNITS = {  # in bytes or milliseconds; pgpool takes units from 4.2 on
    **{"B": 1, "kB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40},
    **{"ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000},
}
_BYTES, _TIMES = ("B", "kB", "MB", "GB", "TB"), ("ms", "s", "min", "h", "d")
_NUMBER = re.compile(r"([-+]?(?:0x[0-9A-Fa-f]+|\d+(?:\.\d*)?(?:[Ee][-+]?\d+)?|\.\d+)) *([A-Za-z]*)", re.ASCII)
_LONGEST_NUMBER = 40  # digits; Python takes long ones for an attack
_SECRET = re.compile(r"(?:password\d*|authkey)#?$")


class Kind(Enum):
    """What a value is. A list has commas, and semicolons in reset_query_list."""

    BOOL = "on or off"
    INT = "a whole number"
    REAL = "a number"
    TEXT = "text"
    LIST = "a list"
    CHOICE = "one of"


BOOL, INT, REAL, TEXT, LIST, CHOICE = Kind
RELOAD: Release | None = OLDEST
RESTART: Release | None = None


class Parameter(NamedTuple):
    """One row of the table.

    ``reloads`` is since when a reload is enough, None for a parameter that always needs a restart; ``default`` what
    holds where the file says nothing, ``was`` what it was before a release; ``unit`` what a bare number counts,
    ``span`` the least and the greatest; ``is_bare`` that no unit may be written, as pgpool has it for what is there
    with and without a node's number; ``now`` what it was renamed to, or what replaces it.
    """

    name: str
    kind: Kind
    reloads: Release | None
    default: str
    unit: str = ""
    span: tuple[int, int] = (0, INT_MAX)
    choices: str = ""
    since: Release = OLDEST
    until: Release = NEWEST
    was: tuple[tuple[Release, str], ...] = ()
    now: str = ""
    is_bare: bool = False

    def is_in(self, release: Release) -> bool:
        """Whether this release has it. Later ones than the newest known are taken for that one."""
        return self.since <= release and (release <= self.until or self.until == NEWEST)

    def needs_restart(self, release: Release) -> bool:
        return self.reloads is None or release < self.reloads

    def default_in(self, release: Release) -> str:
        return next((value for before, value in self.was if release < before), self.default)

    @property
    def is_numbered(self) -> bool:
        """Whether the name in the file ends with a number."""
        return self.name.endswith("#")

    @property
    def is_secret(self) -> bool:
        """Whether the value may not be shown."""
        return _SECRET.search(self.name) is not None

    def meaning(self, value: str) -> object:
        """The value as something to compare: ``off``, ``false`` and ``0`` are one, so are ``60s`` and ``1min``.

        A number is in the base unit, bytes or milliseconds, where there is one. What pgpool would not take means only
        itself.
        """
        if self.kind is BOOL:
            found = boolean(value)
            return value if found is None else found
        if self.kind in (INT, REAL):
            number = self._number(value)
            return value if number is None else number
        if self.kind is LIST:
            return tuple(part.strip() for part in re.split(r"[,;]", value))
        return value.lower() if self.kind is CHOICE else value

    def complaint(self, value: str, release: Release) -> str:
        """Why pgpool of this release would not take the value, empty where it would."""
        if self.kind is BOOL and boolean(value) is None:
            return "is neither on nor off"
        if self.kind is CHOICE and self.choices and value.lower() not in self.choices.lower().split():
            return f"is none of {', '.join(self.choices.split())}"
        if self.kind in (INT, REAL):
            return self._wrong_number(value, release)
        return ""

    def _wrong_number(self, value: str, release: Release) -> str:
        number, unit = self._number(value), (_NUMBER.fullmatch(value) or [None, "", ""])[2]
        if number is None:
            return f"is not {self.kind.value}" + (f" with a unit like {self.unit}" if self.unit else "")
        if unit and release < (4, 2):
            return f"has a unit, which pgpool takes from 4.2 on; it counts {self.unit}"
        if unit and self.is_bare:
            return f"has a unit, which pgpool takes for {self.name}0 and its like only; it counts {self.unit}"
        base = number / _UNITS.get(self.unit, 1)
        if not self.span[0] <= base <= self.span[1]:
            return f"is not between {self.span[0]} and {self.span[1]}{f' {self.unit}' if self.unit else ''}"
        return ""

    def _number(self, value: str) -> float | None:
        found = _NUMBER.fullmatch(value)
        if not found or len(found[1]) > _LONGEST_NUMBER:
            return None
        text, unit = found[1], found[2] or self.unit
        known = _BYTES if self.unit in _BYTES else _TIMES if self.unit else ("",)
        if unit not in known or (self.kind is INT and not unit and re.search(r"[.Ee]", text) and "x" not in text):
            return None
        return _plain(text) * _UNITS.get(unit, 1)


def boolean(value: str) -> bool | None:
    """As pool_config.l reads it: true, false, yes, no, on, off and their beginnings, 1, 0; else None."""
    word = value.lower()
    if word in ("1", "on"):
        return True
    if word in ("0", "of", "off"):
        return False
    if word and ("true".startswith(word) or "yes".startswith(word)):
        return True
    return False if word and ("false".startswith(word) or "no".startswith(word)) else None


def _plain(text: str) -> float:
    """The number; one that begins with 0 is octal, as strtol with base 0 has it (log_file_mode = 0600)."""
    if "x" in text:
        return int(text, 16)
    if re.fullmatch(r"[-+]?0[0-7]+", text):
        return int(text, 8)
    return float(text) if re.search(r"[.Ee]", text) else int(text)
