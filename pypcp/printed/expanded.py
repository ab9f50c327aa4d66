"""Tables with one value on each line (psql's \\x), with any border or none, unaligned and CSV."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pypcp.printed.cells import join
from pypcp.printed.shape import Shape

# What can stand before a name: indentation, marks of quotation, the border.
_BEFORE = re.compile(r'[\s>#*/|│║]*"?')


@dataclass
class _Record:
    """A record while its lines come in. ``last`` and ``value_at`` are the value that the next line may go on with."""

    separator: str
    border: str
    values: dict[str, str]
    last: str = ""
    value_at: int = 0


def read(lines: list[str], shape: Shape) -> list[dict[str, str]]:
    """The records of the last table in the text; empty if there is none."""
    records: list[_Record] = []
    for line in lines:
        if begun := _begin(line, shape):
            if any(known.values[shape.key] == begun.values[shape.key] for known in records):
                records = []  # the same nodes once more: what was asked later is newer
            records.append(begun)
        elif records:
            _take(line, records[-1], shape)
    whole = [{name: _plain(value) for name, value in record.values.items()} for record in records]
    return [record for record in whole if all(name in record for name in shape.required)]


def _begin(line: str, shape: Shape) -> _Record | None:
    """A record begins with the key and a number; what is between and behind them are the separator and the border."""
    body = line[_end_of(_BEFORE, line) :]
    if not body.startswith(shape.key):
        return None
    found = re.fullmatch(r'"?([^0-9"]{1,40})"?([0-9]{1,9})"? *([|│║]?)\s*', body[len(shape.key) :])
    return _Record(found[1].strip(" "), found[3], {shape.key: found[2]}) if found else None


def _take(line: str, record: _Record, shape: Shape) -> None:
    start = _end_of(_BEFORE, line)
    name = shape.name_at(line, start)
    if name is None:
        _continue(line, record)
        return
    rest = line[start + len(name) :].removeprefix('"')
    value = rest.lstrip(" ")
    record.last = ""
    if not value.startswith(record.separator) or (not record.separator and value == rest and rest):
        return
    value = _unbordered(value.removeprefix(record.separator), record.border)
    if name not in record.values:
        record.values[name], record.last = value, name
        record.value_at = len(line) - len(rest.lstrip(" ").removeprefix(record.separator).lstrip(" "))


def _continue(line: str, record: _Record) -> None:
    """A wrapped value goes on below itself, under an empty name, perhaps with a mark before it."""
    at = max(record.value_at - 1, 0)
    if not record.last or not line[at:].strip() or line[:at].strip(" \t>#*/|│║;:"):
        record.last = ""
        return
    piece = _unbordered(line[at:], record.border)
    record.values[record.last] = join(record.values[record.last], piece)


def _unbordered(value: str, border: str) -> str:
    return value.rstrip().removesuffix(border) if border else value


def _plain(value: str) -> str:
    value = value.strip()
    is_quoted = len(value) > 1 and value.startswith('"') and value.endswith('"')
    return value[1:-1].replace('""', '"') if is_quoted else value


def _end_of(pattern: re.Pattern[str], line: str) -> int:
    found = pattern.match(line)
    return found.end() if found else 0
