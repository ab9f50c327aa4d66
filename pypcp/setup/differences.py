"""What a file would be changed in, for people: a setting each for pgpool.conf, a line each for others; no secrets."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from pypcp.pgpool.conf import PgpoolConf
from pypcp.pgpool.difference import is_secret
from pypcp.setup.files import Settings, Wanted


class Difference(NamedTuple):
    """One setting or line: as it is and as it shall be; None where there is none. ``name`` is a setting's, or empty."""

    name: str
    present: str | None
    wanted: str | None

    @property
    def shown(self) -> str:
        """A line for people."""
        if self.name:
            return f"{self.name}: {_or(self.present, 'not set')} -> {_or(self.wanted, 'not set')}"
        return f"+ {self.wanted}" if self.present is None else f"- {self.present}"


def _or(value: str | None, none: str) -> str:
    return none if value is None else repr(value)


def differences(wanted: Wanted, present: str | None, text: str) -> tuple[Difference, ...]:
    """From what is there to the text that shall be there, without comments; every secret as three asterisks."""
    if isinstance(wanted, Settings):
        return tuple(_of_settings(present or "", text))
    hidden = partial(_hidden, wanted.open_fields) if wanted.is_secret else str
    before, after = (present or "").split("\n"), text.split("\n")
    compared = difflib.ndiff(before, after)
    changed = [line for line in compared if line[:2] in ("- ", "+ ") and line[2:3] not in ("", "#")]
    return tuple(
        Difference("", hidden(line[2:]), None) if line[0] == "-" else Difference("", None, hidden(line[2:]))
        for line in changed
    )


def _of_settings(present: str, text: str) -> Sequence[Difference]:
    before, after = PgpoolConf.parse(present).settings, PgpoolConf.parse(text).settings
    names = dict.fromkeys([*after, *before])
    changed = [name for name in names if before.get(name) != after.get(name)]
    return [Difference(name, *(_shown(name, conf.get(name)) for conf in (before, after))) for name in changed]


def _shown(name: str, value: str | None) -> str | None:
    return "***" if value and is_secret(name) else value


def _hidden(fields: int, line: str) -> str:
    """A line of a password file without what comes behind its first fields."""
    start = re.match(rf"(?:(?:[^:\\]|\\.)*:){{{fields}}}", line)
    return f"{start[0] if start else ''}***"
