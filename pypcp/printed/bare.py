"""Rows without a header (psql -t): the columns are known by their number and by what the values look like."""

from __future__ import annotations

import re

from pypcp.printed.cells import join, unquote
from pypcp.printed.lines import is_rule, without_quote_marks
from pypcp.printed.shape import Shape, Unreadable


def read(lines: list[str], shape: Shape, anchor: re.Pattern[str]) -> list[dict[str, str]]:
    """The rows of the last table in the text; empty if there is none.

    ``anchor`` finds the place in a row that no other text has; what its groups 1 and 2 match on both sides of a
    value begins with the separator.
    """
    rows: list[dict[str, str]] = []
    for number, line in enumerate(_unwrapped(lines, shape), 1):
        row = _row(without_quote_marks(line).strip(" "), shape, anchor)
        if row is None:
            if rows and (anchor.search(line) or _goes_on(line)):
                raise _strange(line, number, shape)
            continue
        if any(known[shape.key] == row[shape.key] for known in rows):
            rows = []  # the same nodes once more: what was asked later is newer
        rows.append(row)
    return rows


def _row(line: str, shape: Shape, anchor: re.Pattern[str]) -> dict[str, str] | None:
    found = anchor.search(line)
    if not found or not re.match(r'[|│║ "]*[0-9]', line):
        return None
    separator = found[1].strip(' "') or found[1].strip('"')
    if not separator:
        return None
    if separator.strip(" "):
        line = _without_border(line, separator)
    for candidate in (unquote(line, separator), line.split(separator)):
        names = next((names for names in shape.layouts if candidate and len(names) == len(candidate)), None)
        if names and candidate and _fits(candidate, names, shape):
            return dict(zip(names, map(str.strip, candidate), strict=True))
    return _by_look(line, separator, shape)


def _without_border(line: str, separator: str) -> str:
    return line.removeprefix(separator).removesuffix(separator) if line.startswith(separator) else line


def _fits(cells: list[str], names: tuple[str, ...], shape: Shape) -> bool:
    return all(re.fullmatch(shape.columns[name], cell.strip()) for name, cell in zip(names, cells, strict=True))


def _by_look(line: str, separator: str, shape: Shape) -> dict[str, str] | None:
    for names in shape.layouts:
        cells = shape.match(names, separator, line)
        if cells is None and separator.isspace():
            cells = _padded(line, names, shape)
        if cells is not None:
            return dict(zip(names, map(str.strip, cells), strict=True))
    return None


def _padded(line: str, names: tuple[str, ...], shape: Shape) -> list[str] | None:
    """The cells of a row that only padding parts: a missing value leaves a gap at least as wide as its name."""
    parts = []
    for name in names:
        look = shape.columns[name]
        there = look.replace("{0,", "{1,")
        parts.append(f"({there})(?: +|$)" if there == look else rf"(?:({there})(?: +|$)| {{{len(name) + 1}}})")
    found = re.fullmatch("".join(parts), line + " ")
    return [cell or "" for cell in found.groups()] if found else None


def _unwrapped(lines: list[str], shape: Shape) -> list[str]:
    """The lines, with those of a wrapped row made one; in its place come empty ones, so that numbers stay right."""
    least = min(map(len, shape.layouts))
    whole = [""]
    last = 0
    for line in lines:
        border = "│" if "│" in line else "|"
        above, cells = whole[last].split(border), line.split(border)
        key = 1 if whole[last].lstrip(" >").startswith(border) else 0
        if len(cells) == len(above) >= least and not cells[key].strip(" >") and line.strip(f" >{border}"):
            whole[last] = border.join(join(first, second) for first, second in zip(above, cells, strict=True))
            whole.append("")
        else:
            last = len(whole)
            whole.append(line)
    return whole[1:]


def _goes_on(line: str) -> bool:
    """Whether a line looks like the rest of a wrapped row: nothing where the id would be."""
    return bool(line.strip(" |│;:")) and not line[:8].strip(" |│") and not is_rule(line)


def _strange(line: str, number: int, shape: Shape) -> Unreadable:
    return Unreadable(
        f"read {shape.asked}",
        f"line {number} does not look like a row: {line.strip()[:80]!r}",
        "Give the text as psql printed it, best with: psql --csv -c 'show pool_nodes'",
    )
