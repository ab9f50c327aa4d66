"""A drill's record on the terminal, and as JSON."""

from __future__ import annotations

import json

from pypcp.drill import report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pypcp.drill.record import Record


def text(record: Record) -> str:
    """A table of the acts, what came of each, and the verdict."""
    from tabulate import tabulate

    rows = [
        (act.title, f"{act.ended - act.began:.1f} s", f"{act.no_connection:.2f} s", f"{act.no_write:.2f} s")
        for act in record.acts
    ]
    head = ("Act", "Took", "No connection", "No write")
    table = tabulate(rows, head, tablefmt="plain", disable_numparse=True, colalign=("left", *["right"] * 3))
    return f"{table}\n\n{report.verdict(record)}\n"


def as_json(record: Record) -> str:
    """The record as one JSON document."""
    return json.dumps(report.document(record), indent=2, ensure_ascii=False) + "\n"
