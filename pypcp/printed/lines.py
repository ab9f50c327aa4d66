"""Clean lines out of a text that came from a terminal, a file or a document."""

from __future__ import annotations

import re
import unicodedata

# A line longer than this is no row of any table that pgpool prints, and patterns are never run on it.
MAX_LINE = 8192

_ESCAPES = re.compile(r"\x1b\[[0-9;?]{0,32}[A-Za-z]")
_DECORATION = re.compile(r"[\s>#*/]*(?:--[\s>]+)?")


def clean(text: str, first_name: str) -> list[str]:
    """The lines of a text, without what terminals and editors add.

    A NUL is a separator of fields if it follows ``first_name``, else of records (psql's -z and -0).
    """
    text = _ESCAPES.sub("", text.removeprefix("\ufeff")).replace("\xa0", " ")
    if f"{first_name}\0" not in text:
        text = text.replace("\0", "\n")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [line if len(line) <= MAX_LINE else "" for line in lines]


def decode(data: bytes) -> str:
    """A file's bytes as text: UTF-8, or UTF-16 as Windows writes it. Bytes that are neither become U+FFFD."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8", "replace")


def without_quote_marks(line: str) -> str:
    """A line without the indentation and the marks of a quotation, a list or a comment that it stands in."""
    found = _DECORATION.match(line)
    return line[found.end() :] if found else line


def is_rule(line: str) -> bool:
    """Whether a line is drawn under or above something: dashes, crossings and spaces, nothing else."""
    marks = set(without_quote_marks(line).strip())
    return bool(marks & set("-─═")) and marks <= set("-+|=: ─┼┬┴├┤┌┐└┘│═╪╤╧╞╡╔╗╚╝╬╦╩╠╣║╫╥╨╟╢╓╖╙╜╕╛╒╘")


def width(char: str) -> int:
    """The columns that a character takes on a terminal."""
    if unicodedata.east_asian_width(char) in "WF":
        return 2
    return 0 if unicodedata.category(char) in ("Mn", "Me", "Cf") else 1


def cut(line: str, spans: list[tuple[int, int]]) -> list[str]:
    """The pieces of a line between display columns; ``spans`` are ascending and do not overlap."""
    pieces = [""] * len(spans)
    column = at = 0
    for char in line:
        while at < len(spans) and column >= spans[at][1]:
            at += 1
        if at == len(spans):
            break
        if column >= spans[at][0]:
            pieces[at] += char
        column += width(char)
    return pieces
