"""A file as it is to be: given what is there now, the text that it shall have. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pypcp.pgpool.conf import PgpoolConf
from pypcp.pgpool.parameter import Release
from pypcp.pgpool.parameters import lookup

# What names a node or a watchdog's member by its number: of one that there is no more nothing may be left.
_MEMBER = re.compile(
    r"(?:backend_(?:hostname|port|weight|data_directory|flag|application_name)|hostname|wd_port|pgpool_port|"
    r"other_(?:pgpool_hostname|pgpool_port|wd_port)|heartbeat_(?:hostname|port|device|destination|destination_port))\d+"
)


class Wanted(Protocol):
    """A file on a host: who owns it and its mode. ``~USER/`` in a path is a user's home.

    Of a secret one no more of a line may be shown than its first ``open_fields``, which end with colons.
    """

    @property
    def path(self) -> str: ...
    @property
    def owner(self) -> str: ...
    @property
    def mode(self) -> int: ...
    @property
    def is_secret(self) -> bool: ...
    @property
    def open_fields(self) -> int: ...

    def text(self, present: str | None) -> str:
        """What it shall hold, where ``present`` is what it holds now, None when it is not there."""
        ...


@dataclass(frozen=True)
class Whole:
    """A file that is setup's from the first line to the last."""

    path: str
    content: str = field(repr=False)
    owner: str
    mode: int = 0o644
    is_secret: bool = False
    open_fields: int = 0

    def text(self, present: str | None) -> str:
        return self.content


@dataclass(frozen=True)
class Lines:
    """A file of which some lines are setup's: each by what it begins with; all others stay as they are.

    ``lines`` are pairs of that beginning and the line. A line of ours that is missing comes first, because in a
    password file the first that matches wins.
    """

    path: str
    lines: tuple[tuple[str, str], ...] = field(repr=False)
    owner: str
    mode: int = 0o600
    is_secret: bool = True

    @property
    def open_fields(self) -> int:
        return self.lines[0][0].count(":")

    def text(self, present: str | None) -> str:
        there = (present or "").removesuffix("\n").split("\n") if present else []
        wanted = dict(self.lines)
        found: list[str] = []
        seen: set[str] = set()
        for line in there:
            ours = next((start for start in wanted if line.startswith(start)), None)
            if ours is None:
                found.append(line)
            elif ours not in seen:
                seen.add(ours)
                found.append(wanted[ours])
        missing = [line for start, line in self.lines if start not in seen]
        return "".join(f"{line}\n" for line in [*missing, *found])


@dataclass(frozen=True)
class Settings:
    """A pgpool.conf: these settings in place, all else as it is; where there is none, in the release's own sample."""

    path: str
    settings: Mapping[str, str] = field(repr=False)
    owner: str
    release: Release
    sample: str = field(default="", repr=False)
    mode: int = 0o600
    is_secret: bool = True
    open_fields: int = 0

    def text(self, present: str | None) -> str:
        conf = PgpoolConf.parse(self.sample if present is None else present, self.path)
        former = {name: None for name in conf.settings if _MEMBER.fullmatch(name) and name not in self.settings}
        other = {name: value for name, value in self.settings.items() if not self._means(name, conf.get(name), value)}
        return conf.changed({**former, **other}).text

    def _means(self, name: str, present: str | None, wanted: str) -> bool:
        """Whether what is there says the same already, as ``1min`` and ``60s`` do."""
        parameter = lookup(name, self.release)
        if present is None or parameter is None:
            return present == wanted
        return parameter.meaning(present) == parameter.meaning(wanted)


@dataclass(frozen=True)
class Entries:
    """A file of lines NAME:VALUE: these as ``put`` writes them into its text; others stay."""

    path: str
    entries: tuple[tuple[str, str], ...] = field(repr=False)
    owner: str
    put: Callable[[str, str, str], str]
    mode: int = 0o600
    is_secret: bool = True
    open_fields: int = 1

    def text(self, present: str | None) -> str:
        text = present or ""
        for name, value in self.entries:
            text = self.put(text, name, value)
        return text
