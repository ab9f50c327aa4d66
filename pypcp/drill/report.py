"""A drill's record as a document for programs, and as a self-contained page with a picture. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from pypcp.drill.record import NOTICEABLE, Record, gaps

WIDTH, LEFT, RIGHT = 960, 110, 10
ROWS = (("connects", 54), ("writes", 92))
_LIGHT = "--ink: #1b1f24; --paper: #fff; --faint: #d0d7de; --good: #2da44e; --bad: #cf222e; --act: #ddf4ff;"
_DARK = "--ink: #e6edf3; --paper: #0d1117; --faint: #30363d; --good: #3fb950; --bad: #f85149; --act: #12304a;"
_STYLE = f"""
:root {{ color-scheme: light dark; {_LIGHT} }}
@media (prefers-color-scheme: dark) {{ :root {{ {_DARK} }} }}
body {{ background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }}
body {{ margin: 2rem auto; max-width: 62rem; padding: 0 1rem; }}
table {{ border-collapse: collapse; }}
th, td {{ border-bottom: 1px solid var(--faint); padding: .3rem .8rem .3rem 0; text-align: left; vertical-align: top; }}
td.number {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }}
.failed {{ color: var(--bad); }}
svg {{ width: 100%; height: auto; }} svg text {{ fill: var(--ink); font-size: 13px; }}
.act {{ fill: var(--act); }} .good {{ fill: var(--good); }} .bad {{ fill: var(--bad); }}
.line {{ stroke: var(--faint); }}
"""
_HEADS = ("What was done", "Took", "No connection", "No write", "What came of it")


def verdict(record: Record) -> str:
    """How it went, in a line."""
    if record.trouble:
        return "It ended early: " + " ".join(record.trouble.split())
    if record.missing:
        return (
            f"{len(record.missing)} of {record.acknowledged} acknowledged commits are missing: replication is "
            "asynchronous, and what had not arrived at the promotion is lost. See synchronous_standby_names."
        )
    return f"Passed: {record.acknowledged} commits were acknowledged, none is missing."


def document(record: Record) -> dict[str, Any]:
    """The record for programs; times are seconds, those of acts since the beginning."""
    return {
        "cluster": record.name,
        "when": record.when,
        "passed": record.passed,
        "seconds": round(record.seconds, 3),
        "acts": [
            {
                "act": act.key,
                "title": act.title,
                "began": round(act.began, 3),
                "ended": round(act.ended, 3),
                "result": act.result,
                "seconds_without_connection": round(act.no_connection, 3),
                "seconds_without_write": round(act.no_write, 3),
            }
            for act in record.acts
        ],
        "acknowledged_commits": record.acknowledged,
        "missing_commits": list(record.missing),
        "trouble": record.trouble or None,
    }


def page(record: Record) -> str:
    """The record as one HTML page that needs nothing from elsewhere."""
    rows = "".join(
        f"<tr><td>{escape(act.title)}</td><td class=number>{act.ended - act.began:.1f} s</td>"
        f"<td class=number>{act.no_connection:.2f} s</td><td class=number>{act.no_write:.2f} s</td>"
        f"<td>{escape(act.result)}</td></tr>\n"
        for act in record.acts
    )
    told = "" if record.passed else " class=failed"
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Drill of {escape(record.name)}</title><style>{_STYLE}</style></head><body>
<h1>Drill of {escape(record.name)}</h1>
<p>{escape(record.when)}, {record.seconds:.0f} s. <strong{told}>{escape(verdict(record))}</strong></p>
{_picture(record)}
<table><thead><tr>{"".join(f"<th>{head}</th>" for head in _HEADS)}</tr></thead>
<tbody>
{rows}</tbody></table>
<p>The times are the longest between two successes of a client that connects anew all the time, and of one that writes
rows without end.</p>
</body></html>
"""


def _picture(record: Record) -> str:
    """When clients could connect and write: green bars, red where they could not for longer than half a second."""
    scale = (WIDTH - LEFT - RIGHT) / max(record.seconds, 0.001)
    shapes = [*_acts(record, scale), *_axis(record.seconds, scale)]
    for (name, top), successes in zip(ROWS, (record.connections, record.writes), strict=True):
        shapes.append(f'<text x="0" y="{top + 15}">{name}</text>')
        shapes += _bars(successes, record.seconds, scale, top)
    label = "; ".join(
        f"{act.title}: no connection for {act.no_connection:.2f} s, no write for {act.no_write:.2f} s"
        for act in record.acts
    )
    return f'<svg viewBox="0 0 {WIDTH} 150" role="img" aria-label="{escape(label)}">{"".join(shapes)}</svg>'


def _acts(record: Record, scale: float) -> Iterator[str]:
    for number, act in enumerate(record.acts, 1):
        x, width = LEFT + act.began * scale, max((act.ended - act.began) * scale, 1)
        title = escape(f"{number}. {act.title}")
        yield f'<rect class="act" x="{x:.1f}" y="20" width="{width:.1f}" height="100"><title>{title}</title></rect>'
        yield f'<text x="{x + 4:.1f}" y="38">{number}. {escape(act.key)}</text>'


def _axis(seconds: float, scale: float) -> Iterator[str]:
    step = next((step for step in (1, 2, 5, 10, 30, 60, 300) if seconds / step <= 12), 600)
    for number in range(int(seconds // step) + 1):
        x = LEFT + number * step * scale
        yield f'<line class="line" x1="{x:.1f}" y1="120" x2="{x:.1f}" y2="126"/>'
        yield f'<text x="{x:.1f}" y="142" text-anchor="middle">{number * step} s</text>'


def _bars(successes: Sequence[float], seconds: float, scale: float, top: int) -> Iterator[str]:
    def bar(kind: str, begin: float, end: float) -> str:
        place = f'x="{LEFT + begin * scale:.1f}" y="{top}" width="{max((end - begin) * scale, 1):.1f}" height="20"'
        return f'<rect class="{kind}" {place}><title>{end - begin:.2f} s</title></rect>'

    yield bar("good", 0.0, seconds)
    for begin, end in gaps(successes, 0.0, seconds, NOTICEABLE):
        yield bar("bad", begin, end)
