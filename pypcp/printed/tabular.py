"""Tables with a header: aligned, wrapped, unaligned, CSV, and Markdown's, which looks like the aligned one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pypcp.printed.cells import join, unquote
from pypcp.printed.lines import cut, is_rule, without_quote_marks
from pypcp.printed.shape import Shape, Unreadable

_FOOTER = re.compile(r"\W*\(([0-9]{1,9})(?![0-9.:])[^()]*\)\W*")


@dataclass(frozen=True)
class _Header:
    """The first line of a table: the names, and what stands between them.

    ``separator`` is empty where only padding does; ``spans`` are the display columns by the rule below, if there is
    one, and ``margin`` is what stands before them.
    """

    names: list[str]
    separator: str
    spans: list[tuple[int, int]]
    margin: int


def is_header(line: str, shape: Shape) -> bool:
    """Whether the names of the required columns stand in the line in their order."""
    at = 0
    for name in shape.required:
        at = line.find(name, at)
        if at < 0:
            return False
        at += len(name)
    return True


def read(lines: list[str], start: int, shape: Shape) -> list[dict[str, str]]:
    """The rows of the table whose header is line ``start``. Raises Unreadable."""
    rule = _rule_below(lines, start)
    header = _header(lines[start], lines[rule] if rule else "", shape)
    reader = _Rows(header, shape)
    for number in range((rule or start) + 1, len(lines)):
        line = lines[number]
        if is_rule(line):
            continue
        if not line.strip() and not reader.rows:
            continue
        if not reader.take(line, number + 1):
            _check_footer(line, len(reader.rows), shape)
            break
    if not reader.rows:
        raise Unreadable(f"read {shape.asked}", f"the table that begins in line {start + 1} has no rows")
    return [dict(zip(header.names, map(str.strip, row), strict=True)) for row in reader.rows]


def _rule_below(lines: list[str], start: int) -> int | None:
    below = start + 1
    return below if below < len(lines) and is_rule(lines[below]) else None


def _header(line: str, rule: str, shape: Shape) -> _Header:
    line = line.replace('"', "")  # CSV quotes a name that contains its separator
    separator = _separator(line, shape)
    spans, margin = _spans(rule) if rule else ([], 0)
    if not separator:
        raise Unreadable(f"read {shape.asked}", f"nothing parts the columns of {line.strip()[:200]!r}")
    if spans and not separator.strip(" "):
        separator, names = "", line[line.find(shape.key) :].split()
    else:
        names = _names(line, separator, shape)
    if len(set(names)) < len(names) or (spans and len(spans) != len(names)):
        raise Unreadable(f"read {shape.asked}", f"the header makes no sense: {line.strip()[:200]!r}")
    return _Header(names, separator, spans, margin)


def _separator(line: str, shape: Shape) -> str:
    """What stands between the first two columns, without the padding of aligned formats."""
    end = line.find(shape.required[0]) + len(shape.required[0])
    between = line[end : line.find(shape.required[1], end)]
    return between if re.search(r"\w", between) else between.strip(" ") or between


def _names(line: str, separator: str, shape: Shape) -> list[str]:
    """The names of all columns, those of a newer version too; the first behind whatever stands before it."""
    line = line[line.find(shape.key) :].strip(" ").removesuffix(separator)
    if not re.search(r"\w", separator):
        return [cell.strip() for cell in line.split(separator)]
    names: list[str] = []
    at = 0
    while name := shape.name_at(line, at):
        names.append(name)
        at += len(name) + len(separator)
    return names


def _spans(rule: str) -> tuple[list[tuple[int, int]], int]:
    """From a rule: the display columns of each cell, its padding included, and how much stands before the first."""
    inner = without_quote_marks(rule)
    runs = [(found.start(), found.end()) for found in re.finditer("[-─═:]+", inner)]
    left = runs[0][0]
    return [(start - left, end - left) for start, end in runs], left + len(rule) - len(inner)


class _Rows:
    """Collects the rows under a header."""

    def __init__(self, header: _Header, shape: Shape) -> None:
        self.rows: list[list[str]] = []
        self._header = header
        self._shape = shape
        self._ids: set[str] = set()

    def take(self, line: str, number: int) -> bool:
        """Adds a line; False if the table has ended before it. Raises Unreadable for a row that does not fit."""
        if self._continue(line):
            return True
        cells = self._separated(line) if self._header.separator else cut(self._inner(line), self._header.spans)
        key = cells[0].strip() if cells else ""
        if not cells or not re.fullmatch("[0-9]{1,9}", key):
            self._refuse_broken(line, number)
            return False
        if key in self._ids:
            raise Unreadable(f"read {self._shape.asked}", f"{self._shape.key} {key} stands twice in the table")
        self._ids.add(key)
        self.rows.append(cells)
        return True

    def _continue(self, line: str) -> bool:
        """A line of a wrapped table belongs to the row before it: it has no key. False if it is not such a line."""
        spans, inner = self._header.spans, self._inner(line)
        if not self.rows or not spans or inner[: spans[0][1]].strip() or not inner.strip(" |│;:"):
            return False
        pieces = cut(inner, spans)
        if self._header.separator:
            joined = [join(above, below) for above, below in zip(self.rows[-1], pieces, strict=True)]
        else:  # the mark stands between the cells
            joined = [above.strip() + below.strip() for above, below in zip(self.rows[-1], pieces, strict=True)]
        self.rows[-1] = joined
        return True

    def _inner(self, line: str) -> str:
        """The line without what stands before the table: indentation, marks of quotation, the left border."""
        margin = self._header.margin
        return line.lstrip() if re.search(r"\w", line[:margin]) else line[margin:]

    def _separated(self, line: str) -> list[str] | None:
        separator, names = self._header.separator, self._header.names
        for row in _bodies(line, separator):
            quoted = unquote(row, separator)
            if quoted and len(quoted) == len(names):
                return quoted
            cells = row.split(separator)
            if len(cells) == len(names):
                return cells
        return self._shape.match(names, separator, without_quote_marks(line).strip(" "))

    def _refuse_broken(self, line: str, number: int) -> None:
        separator = self._header.separator
        row = without_quote_marks(line).lstrip("|│ ")
        if separator and re.match(r"[0-9]+ *" + re.escape(separator), row):
            raise Unreadable(
                f"read {self._shape.asked}",
                f"line {number} does not have the {len(self._header.names)} columns of the header: {row[:80]!r}",
                "Give the text as psql printed it, best with: psql --csv -c 'show pool_nodes'",
            )


def _bodies(line: str, separator: str) -> list[str]:
    """The line without what may stand around its cells: a quotation's marks, and the border on both sides."""
    plain = without_quote_marks(line).rstrip(" ")
    if plain.startswith(separator) and plain.endswith(separator):
        return [plain[len(separator) : -len(separator)], plain, line]
    return [plain, line]


def _check_footer(line: str, count: int, shape: Shape) -> None:
    """psql counts the rows, in every language: a count that differs means that some were lost on the way."""
    found = _FOOTER.fullmatch(line)
    if found and int(found[1]) != count:
        raise Unreadable(f"read {shape.asked}", f"the text has {count} rows, but psql says {line.strip()[:40]}")
