"""What doctor found, for people and for programs."""

from __future__ import annotations

import json
from collections import Counter

from pypcp.doctor.result import Result, Status
from pypcp_cli.aimed import aimed

_MARKS = {Status.PASS: "ok", Status.WARN: "WARN", Status.FAIL: "FAIL", Status.UNKNOWN: "????"}
Groups = list[tuple[str, list[Result]]]


def text(groups: Groups, tells_all: bool, target: str = "") -> str:
    """A line for each group in which all passed, the rest one by one, and a last line with the sum.

    ``target`` are the options that make a command of pypcp reach this pgpool.
    """
    lines = []
    for group, results in groups:
        shown = [result for result in results if tells_all or result.status is not Status.PASS]
        passed = sum(result.status is Status.PASS for result in results)
        lines.append(f"{group}: {passed} of {len(results)} passed" if results else f"{group}: nothing to examine")
        for result in shown:
            lines += _lines(result, target)
    counts = Counter(result.status for _, results in groups for result in results)
    told = ", ".join(f"{counts[status]} {status.value}" for status in Status if counts[status])
    return "\n".join([*lines, "", told, ""])


def _lines(result: Result, target: str) -> list[str]:
    about = f"{result.about}: " if result.about else ""
    lines = [f"  {_MARKS[result.status]:4} {about}{result.title}"]
    if result.status is Status.PASS:
        return lines
    told = (("", result.said), ("", result.why), ("mend: ", aimed(result.mend, target)))
    return [*lines, *(f"         {before}{each}" for before, each in told if each)]


def as_json(groups: Groups) -> str:
    """All results as one document."""
    results = [
        {
            "group": group,
            "check": result.check,
            "about": result.about or None,
            "status": result.status.value,
            "title": result.title,
            "said": result.said or None,
            "why": result.why or None,
            "mend": result.mend or None,
        }
        for group, each in groups
        for result in each
    ]
    counts = Counter(result["status"] for result in results)
    healthy = not counts["fail"] and not counts["unknown"]
    return (
        json.dumps({"healthy": healthy, "counts": dict(counts), "results": results}, indent=2, ensure_ascii=False)
        + "\n"
    )
