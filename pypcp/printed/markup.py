"""Tables in psql's formats for documents: HTML, AsciiDoc, LaTeX and troff (src/fe_utils/print.c).

Each is turned into rows of cells first; what stands in them is the same in all four.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

from pypcp.printed.lines import MAX_LINE
from pypcp.printed.shape import Shape, Unreadable

Cells = Iterator[list[str]]


def read(text: str, shape: Shape) -> list[dict[str, str]]:
    """The rows of the last table in one of these formats; empty if there is none."""
    for mark, cells_of in _FORMATS.items():
        if mark in text:
            table = list(cells_of(text))
            if rows := _below_header(table, shape) or _one_value_a_row(table, shape) or _without_header(table, shape):
                return rows
    return []


def _below_header(table: list[list[str]], shape: Shape) -> list[dict[str, str]]:
    heads = [at for at, cells in enumerate(table) if cells[:1] == [shape.key] and set(shape.required) <= set(cells)]
    if not heads:
        return []
    names = table[heads[-1]]
    rows = [cells for cells in table[heads[-1] + 1 :] if cells and cells[0].isdecimal()]
    if broken := next((cells for cells in rows if len(cells) != len(names)), None):
        said = f"a row has {len(broken)} cells under {len(names)} names: {' '.join(broken)[:80]!r}"
        raise Unreadable(f"read {shape.asked}", said)
    return [dict(zip(names, cells, strict=True)) for cells in rows]


def _without_header(table: list[list[str]], shape: Shape) -> list[dict[str, str]]:
    """psql's -t: the columns are known by their number."""
    layouts = {len(names): names for names in shape.layouts}
    rows = [cells for cells in table if len(cells) in layouts and cells[0].isdecimal()]
    return [dict(zip(layouts[len(cells)], cells, strict=True)) for cells in rows]


def _one_value_a_row(table: list[list[str]], shape: Shape) -> list[dict[str, str]]:
    """psql's \\x: each row is a name and a value, and a record begins with the key."""
    records: list[dict[str, str]] = []
    for cells in table:
        if len(cells) != 2 or cells[0] not in shape.columns:
            continue
        if cells[0] == shape.key:
            if any(record[shape.key] == cells[1] for record in records):
                records = []  # the same nodes once more: what was asked later is newer
            records.append({})
        if records:
            records[-1][cells[0]] = cells[1]
    return [record for record in records if set(shape.required) <= set(record)]


class _Html(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._is_in_cell = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        self._is_in_cell = tag in ("td", "th") and bool(self.rows)
        if self._is_in_cell:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._is_in_cell = False

    def handle_data(self, data: str) -> None:
        if self._is_in_cell:
            self.rows[-1][-1] += data


def _html(text: str) -> Cells:
    parser = _Html()
    parser.feed(text)
    return ([cell.replace("\xa0", " ").strip() for cell in row] for row in parser.rows)


def _asciidoc(text: str) -> Cells:
    """``|0 |bak``, with an alignment before a bar where it is not the column's: ``<l|node_id <l|0``."""
    for line in text.split("\n"):
        first, *cells = re.split(r"(?<!\\)\|", line)
        if cells and re.fullmatch(r"(?:[0-9]\+)?[<^>]?l?", first):
            yield [re.sub(r"(?:^| )[<^>]l$", "", cell).strip().replace("\\|", "|") for cell in cells]


_LATEX = {"textbar": "|", "textless": "<", "textgreater": ">", "textbackslash": "\\", "~": "~", "^": "^"}
_RULES = re.compile(
    r"\\(?:hline|toprule|midrule|bottomrule|end(?:first|last)?(?:head|foot)|begin\{[a-z]*\}\{[^}]*\})\s*"
)
_WRAPPED = re.compile(r"(?:\\small)?\\(?:textbf|textit|raggedright)\{(.*)\}")


def _latex(text: str) -> Cells:
    for row in re.split(r"\\\\[ \t]*$|\\tabularnewline", text, flags=re.MULTILINE):
        yield [_from_latex(_RULES.sub("", cell).strip()) for cell in re.split(r"(?<!\\)&", row)]


def _from_latex(cell: str) -> str:
    if len(cell) > MAX_LINE:  # no value of a row, and taking its wrapping off would take long
        return cell
    while wrapped := _WRAPPED.fullmatch(cell):
        cell = wrapped[1].strip()
    return re.sub(r"\\(text[a-z]+|[~^])\{\}|\\([_&$%#{}])", lambda found: _LATEX.get(found[1], found[2] or ""), cell)


def _troff(text: str) -> Cells:
    for line in text.split("\n"):
        cells = re.sub(r"\\f[IP]", "", line).replace("\\(rs", "\\").split("\t")
        if len(cells) > 1:
            yield [cell.strip() for cell in cells]


_FORMATS: dict[str, Callable[[str], Cells]] = {
    "</t": _html,
    "|====": _asciidoc,
    "\\begin{": _latex,
    ".TS": _troff,
}
