"""Columns that fit a terminal, with wide (CJK) letters counted as what they take."""

from __future__ import annotations

from pypcp.printed.lines import width
from pypcp_cli.console import visible_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeVar

    T = TypeVar("T")

GAP = "  "
NARROWEST = 6  # columns are not cut below that


def columns(headings: Sequence[str], rows: Iterable[Sequence[object]], limit: int | None = None) -> list[str]:
    """Lines for a heading and rows. With ``limit`` the widest columns are cut until a line has no more columns."""
    table = [list(headings), *([cell(value) for value in row] for row in rows)]
    widths = [max(map(text_width, column)) for column in zip(*table, strict=True)]
    if limit:
        _shrink(widths, limit - len(GAP) * (len(widths) - 1))
    return [GAP.join(map(fitted, row, widths)).rstrip() for row in table]


def cell(value: object) -> str:
    """A value in a table: one line, and nothing in it that a terminal obeys."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return visible_line(str(value))


def fitting(
    headings: Sequence[str], rows: Sequence[Sequence[object]], spared: Sequence[str], limit: int | None = None
) -> list[str]:
    """The same, but before a column is cut, those that are ``spared`` go, one after another."""
    lines = columns(headings, rows)
    at = next((headings.index(name) for name in spared if name in headings), None)
    if at is None or not limit or max(map(text_width, lines)) <= limit:
        return columns(headings, rows, limit)
    return fitting(_without(headings, at), [_without(row, at) for row in rows], spared, limit)


def _without(row: Sequence[T], at: int) -> list[T]:
    return [*row[:at], *row[at + 1 :]]


def _shrink(widths: list[int], limit: int) -> None:
    while sum(widths) > limit and max(widths) > NARROWEST:
        widths[widths.index(max(widths))] -= 1


def wrapped(text: str, limit: int) -> list[str]:
    """The text in lines of no more than so many columns, broken at spaces; a longer word has a line of its own."""
    lines = [""]
    for word in text.split():
        if lines[-1] and text_width(lines[-1]) + 1 + text_width(word) > limit:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".lstrip()
    return lines


def text_width(text: str) -> int:
    """The columns that a text takes."""
    return len(text) if text.isascii() else sum(map(width, text))


def fitted(text: str, wanted: int) -> str:
    """The text in exactly so many columns: padded, or cut with an ellipsis."""
    taken = text_width(text)
    if taken <= wanted:
        return text + " " * (wanted - taken)
    kept, used = "", 0
    for char in text:
        if used + width(char) > wanted - 1:
            break
        kept += char
        used += width(char)
    return kept + "…" + " " * (wanted - 1 - used)
