"""What a printed table can look like: the columns that were asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from pypcp.errors import OperationFailed


class Unreadable(OperationFailed):
    """The text is not what it was said to be."""


@dataclass(frozen=True)
class Shape:
    """The columns of a SHOW command.

    ``asked`` names it in errors. ``columns`` are all columns that a version has, with a pattern of their values: of
    limited length and without spaces at its ends, so that no text makes it slow; where a value can be missing it begins
    with a class and ``{0,``. ``required`` are those that every version has, in this order, the first being a number;
    ``layouts`` the columns of each version, for rows without a header.
    """

    asked: str
    columns: dict[str, str]
    required: tuple[str, ...]
    layouts: tuple[tuple[str, ...], ...]

    @property
    def key(self) -> str:
        """The first column: a number, different in each row."""
        return self.required[0]

    @cached_property
    def longest_first(self) -> list[str]:
        """The names of the columns, such that no name comes before one that it begins."""
        return sorted(self.columns, key=len, reverse=True)

    def name_at(self, text: str, start: int = 0) -> str | None:
        """The column whose name stands at ``start`` of the text."""
        return next((name for name in self.longest_first if text.startswith(name, start)), None)

    def match(self, names: list[str] | tuple[str, ...], separator: str, text: str) -> list[str] | None:
        """The cells of a row in which values may contain the separator: told apart by what they look like."""
        if not all(name in self.columns for name in names):
            return None
        pattern = re.escape(separator).join(f" ?({self.columns[name]}) ?" for name in names)
        found = re.fullmatch(pattern, text)
        return list(found.groups()) if found else None
