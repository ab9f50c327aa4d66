"""Which standbys a primary's commits wait for: synchronous_standby_names (PostgreSQL: syncrep_gram.y)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_METHOD = re.compile(r"\s*(?:(?:FIRST|ANY)\s+)?(\d+)\s*\((.*)\)\s*\Z", re.IGNORECASE | re.DOTALL)
_NAME = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^\s,"()]+))\s*(?:,|\Z)')


@dataclass(frozen=True)
class Synchronous:
    """A commit waits for ``number`` standbys, whose application_name is one of ``names``; ``*`` is any."""

    number: int
    names: tuple[str, ...]

    def takes(self, application_name: str) -> bool:
        """Whether a standby of this name is one of them. Case does not matter."""
        return any(name in ("*", application_name.lower()) for name in map(str.lower, self.names))

    def lacks(self, application_names: Iterable[str]) -> int:
        """How many are missing when the standbys with these names stream."""
        return max(0, self.number - sum(map(self.takes, application_names)))


def parse(setting: str) -> Synchronous | None:
    """What the setting asks for; None when it is empty. Raises ValueError for what the server would not take."""
    if not setting.strip():
        return None
    counted = _METHOD.match(setting)
    number, rest = (int(counted[1]), counted[2]) if counted else (1, setting)
    names: list[str] = []
    at = 0
    while at < len(rest):
        found = _NAME.match(rest, at)
        if not found:
            raise ValueError(f"not a list of standbys: {setting!r}")
        names.append(found[1].replace('""', '"') if found[1] is not None else found[2])
        at = found.end()
    return Synchronous(number, tuple(names))
