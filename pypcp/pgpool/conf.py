"""pgpool.conf: settings read and changed in place, every other byte left as it is.

The grammar is that of src/config/pool_config.l: one setting in a line, ``name [=] value  # comment``; a value is a
string in single quotes, a number with or without a unit, or a word. Of a repeated name the last line wins. In a string
nothing is an escape, but a quote behind a backslash does not end it where another quote follows, and both stay in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

from pypcp.errors import PypcpError, on_one_line

_STRING = r"(?=(?P<longest>'[^'\n]*(?:(?<=\\)'[^'\n]*)*'))(?P=longest)"  # as flex takes it, and never less
_WORD = r"[A-Za-z_\x80-\U0010ffff][\w.:/\x80-\U0010ffff-]*"
_NUMBER = r"[-+]?(?:[0-9]*\.[0-9]*(?:[Ee][-+]?[0-9]+)?|(?:0x[0-9A-Fa-f]+|[0-9]+)[A-Za-z]*)"
_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_VALUE = rf"{_STRING}|{_NUMBER}|{_WORD}"
_SETTING = re.compile(rf"[ \t]*({_NAME})(?:[ \t]*=[ \t]*|[ \t]+)({_VALUE})[ \t]*(?=\r?$|#)", re.ASCII)
_NOTHING = re.compile(r"[ \t\r]*(?:#.*)?$")
# how the samples that come with pgpool show a default; not a sentence about a setting
_SAMPLE = re.compile(rf"#[ \t]*({_NAME})[ \t]*=[ \t]*(?:{_VALUE})?(?P<rest>[ \t]*(?:#.*|\r?$))", re.ASCII)
_BARE = re.compile(rf"(?:{_NUMBER}|on|off|true|false|yes|no)", re.ASCII)


INCLUDE = "include"  # from 4.3 on no setting but another file, read at once


class ConfError(PypcpError):
    """A file of pgpool's that pgpool itself could not read, or a value that no such file can hold."""


class Entry(NamedTuple):
    """One setting as it stands: its line, from 1, its name, and its value without the quotes."""

    line: int
    name: str
    value: str


class _Line(NamedTuple):
    """One line with a setting: its name, and where in the line its value begins and ends."""

    number: int
    name: str
    begin: int
    end: int


class PgpoolConf:
    """One pgpool.conf. Never changed itself: ``changed`` gives another one."""

    def __init__(self, lines: tuple[str, ...], found: tuple[_Line, ...]) -> None:
        self._lines, self._found = lines, found

    @classmethod
    def parse(cls, text: str, path: str = "pgpool.conf") -> PgpoolConf:
        """Read the text of a pgpool.conf. Raises ConfError, which names the line, where pgpool would not read it."""
        lines = tuple(text.split("\n"))
        found = (_read(number, line, path) for number, line in enumerate(lines))
        return cls(lines, tuple(line for line in found if line))

    @property
    def text(self) -> str:
        return "\n".join(self._lines)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every setting that is not commented out in its order, also those that a later one overrules; and includes."""
        return tuple(
            Entry(line.number + 1, line.name, _unquoted(self._lines[line.number][line.begin : line.end]))
            for line in self._found
        )

    @cached_property
    def settings(self) -> Mapping[str, str]:
        """Every setting that is not commented out, its value without the quotes."""
        return {entry.name: entry.value for entry in self.entries if entry.name != INCLUDE}

    def get(self, name: str) -> str | None:
        """The value of a setting without its quotes; None where the file leaves it to pgpool's default."""
        return self.settings.get(name)

    def changed(self, wanted: Mapping[str, str | None]) -> PgpoolConf:
        """With each name set to its value exactly once, in its place and with its comment; None comments its lines out.

        A name that is not set goes below the sample's line that shows its default (``#port = 9999``), taking its
        place, else to the end. Raises ConfError for a value that cannot stand in one line.
        """
        lines = list(self._lines)
        added: list[str] = []
        for name, value in wanted.items():
            places = [line for line in self._found if line.name == name]
            if value is None:
                _comment_out(lines, places)
            elif places:
                _put(lines, places[-1], value)
                _comment_out(lines, places[:-1])
            elif (sample := self._sample_of(name)) is not None:
                lines[sample] = _setting(name, value) + self._rest_of_sample(sample)
            else:
                added.append(_setting(name, value))
        return PgpoolConf.parse(_with_end(lines, added))

    def renamed(self, names: Mapping[str, str]) -> PgpoolConf:
        """With settings called otherwise, in place, value and comment as they are."""
        lines = list(self._lines)
        for line in self._found:
            if line.name in names:
                text = lines[line.number]
                at = text.index(line.name)
                lines[line.number] = text[:at] + names[line.name] + text[at + len(line.name) :]
        return PgpoolConf.parse("\n".join(lines))

    def _rest_of_sample(self, number: int) -> str:
        found = _SAMPLE.match(self._lines[number])
        return found["rest"] if found else ""

    def _sample_of(self, name: str) -> int | None:
        return next((n for n, line in enumerate(self._lines) if (s := _SAMPLE.match(line)) and s[1] == name), None)


def quoted(value: str) -> str:
    """The value as it stands in a pgpool.conf: numbers and booleans bare, all else a string in single quotes.

    Raises ConfError for a line break, a single quote and a backslash at the end, which pgpool has no way to read back;
    a quote behind a backslash it does, together with the backslash.
    """
    if _BARE.fullmatch(value):
        return value
    if re.search(r"[\n\r\0]|(?<!\\)'|\\$", value):
        raise ConfError(
            f"write {on_one_line(value)!r} into a pgpool.conf",
            "a value cannot hold a line break or a single quote, nor end with a backslash",
            "Put what needs them into a script of its own, and name the script here.",
        )
    return f"'{value}'"


def _read(number: int, line: str, path: str) -> _Line | None:
    if _NOTHING.match(line):
        return None
    found = _SETTING.match(line)
    if not found or "\0" in line:
        raise ConfError(f"read {path}", f"line {number + 1} is not a setting: {on_one_line(line)[:80]}")
    return _Line(number, found[1], found.start(2), found.end(2))


def _unquoted(value: str) -> str:
    return value[1:-1] if value.startswith("'") else value


def _setting(name: str, value: str) -> str:
    return f"{name} = {quoted(value)}"


def _put(lines: list[str], place: _Line, value: str) -> None:
    line = lines[place.number]
    if _unquoted(line[place.begin : place.end]) != value:
        lines[place.number] = line[: place.begin] + quoted(value) + line[place.end :]


def _comment_out(lines: list[str], places: Iterable[_Line]) -> None:
    for place in places:
        lines[place.number] = "#" + lines[place.number]


def _with_end(lines: list[str], added: list[str]) -> str:
    text = "\n".join(lines)
    if not added:
        return text
    return text + ("" if text.endswith("\n") or not text else "\n") + "\n".join(added) + "\n"
