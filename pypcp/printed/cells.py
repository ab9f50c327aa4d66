"""Cells of a row as psql wraps and quotes them."""

from __future__ import annotations

import csv

from pypcp.printed.lines import MAX_LINE
from pypcp.printed.shape import Unreadable

# What psql puts beside a value that goes on in the next line: ascii and unicode linestyles.
WRAP_MARKS = ".…+↵"


def join(first: str, second: str) -> str:
    """Two pieces of a wrapped value, each with the place of a mark before and behind it.

    The linestyles ascii and unicode mark both the piece that goes on and the one that it goes on with; old-ascii
    neither, so that a dot there belongs to the value. Raises Unreadable for one that has no end.
    """
    if len(first) > MAX_LINE:
        raise Unreadable("put a wrapped value together", f"it is longer than {MAX_LINE} characters")
    if second[:1] and second[0] in WRAP_MARKS:
        second = second[1:]
        first = first[:-1] if first[-1:] and first[-1] in WRAP_MARKS else first
    return first.strip(" ") + second.lstrip(" ")


def unquote(line: str, separator: str) -> list[str] | None:
    """The cells of a CSV line with quotes in it; None if it is not one."""
    if '"' not in line or len(separator) != 1 or separator in '"\r\n':
        return None
    try:
        return next(csv.reader([line], delimiter=separator, strict=True), None)
    except (csv.Error, TypeError, ValueError):
        return None
