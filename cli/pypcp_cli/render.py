"""Results as a table for people, or as JSON, CSV or the C tools' lines for programs. Records in, text out."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from pypcp_cli.console import Console

FORMATS = ("table", "json", "csv", "pcp")
FIRST_COLUMNS = 5  # never left out, however narrow the terminal


class Output:
    """How the answer is wanted, and where it goes."""

    def __init__(self, format_: str, console: Console) -> None:
        self.format = format_
        self.console = console

    def document(
        self, document: Mapping[str, Any], *, text: Callable[[], str], pcp: Callable[[], str] | None = None
    ) -> None:
        """One thing: ``text`` says it to a person (and, without ``pcp``, to a script of the C tools' days)."""
        if self.format == "json":
            self.console.write(as_json(document))
        elif self.format == "csv":
            self.console.write(as_csv([document]))
        else:
            self.console.write((pcp if pcp and self.format == "pcp" else text)())

    def documents(
        self,
        documents: Sequence[Mapping[str, Any]],
        *,
        table: Callable[[], tuple[Sequence[str], Iterable[Sequence[object]]]],
        pcp: Callable[[], str],
        keys: Sequence[str] = (),
    ) -> None:
        """Several things of a kind. ``table`` gives headings and rows; ``keys`` the CSV header where there are none."""
        if self.format == "json":
            self.console.write(as_json(documents))
        elif self.format == "csv":
            self.console.write(as_csv(documents, keys))
        elif self.format == "pcp":
            self.console.write(pcp())
        else:
            headings, rows = table()
            self.console.write(as_table(headings, rows, self.console.width if self.console.is_terminal else None))


def as_json(document: object) -> str:
    """One document, in ASCII: nothing in it can be a command to a terminal. Of a list each item has a line.

    Indented deeper, thousands of rows take three times as long.
    """
    import json

    if isinstance(document, list) and document:
        return "[\n" + ",\n".join(map(json.dumps, document)) + "\n]\n"
    return json.dumps(document, indent=2) + "\n"


def as_csv(documents: Sequence[Mapping[str, Any]], keys: Sequence[str] = ()) -> str:
    """A header and a line for each document; what is not known is empty."""
    import csv
    import io

    text = io.StringIO()
    writer = csv.DictWriter(text, list(documents[0]) if documents else keys, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _csv_value(value) for key, value in document.items()} for document in documents)
    return text.getvalue()


def _csv_value(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(map(str, value)) if isinstance(value, list) else value


def as_table(headings: Sequence[str], rows: Iterable[Sequence[object]], width: int | None = None) -> str:
    """Aligned columns without borders; what is not known is a dash.

    Where the table is wider than ``width``, columns that are last in line are left out, from the right.
    """
    from pypcp_cli.columns import columns, text_width

    rows = list(rows)
    lines = columns(headings, rows)
    if width and len(headings) > FIRST_COLUMNS and max(map(text_width, lines)) > width:
        return as_table(headings[:-1], [row[:-1] for row in rows], width)
    return "".join(f"{line}\n" for line in lines)


def local(moment: datetime | None) -> str | None:
    """A time for people, in their own time zone."""
    return None if moment is None else moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def utc(moment: datetime | None) -> str | None:
    """A time for programs, ISO 8601 in UTC."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def as_time(moment: datetime | None) -> str | None:
    """A time for programs: UTC where the zone is known; else as pgpool told it, in its own zone, and without a Z."""
    if moment is None:
        return None
    return utc(moment) if moment.tzinfo else moment.strftime("%Y-%m-%dT%H:%M:%S")
