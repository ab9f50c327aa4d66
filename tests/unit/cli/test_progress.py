"""How a plan's running is told, to people and to programs, up to its end whatever that is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from pypcp.errors import DeadlinePassed, RefusedForSafety
from pypcp.rejoin.plan import Plan, Step
from pypcp.rejoin.refusals import Refusal, Refused
from pypcp.rejoin.verdict import Verdict
from pypcp_cli.console import Console
from pypcp_cli.outcome import outcome
from pypcp_cli.progress import JsonLines, Lines, Progress, told_to_the_end

STEPS = (
    Step("start", "start it", "ser", (), "pg_ctl start"),
    Step("attach", "attach it", "pgpool", (), "pypcp attach"),
)
PLAN = Plan(Verdict.START, "node 0", "node 1", STEPS)


def _ended(report: Progress, console: Console, error: BaseException) -> int:
    """One step is done, the next has begun, and then this happens."""

    def work() -> None:
        with told_to_the_end(report):
            report.begins(PLAN)
            report.started(STEPS[0])
            report.ended(STEPS[0], 0.1, "", already=False)
            report.started(STEPS[1])
            raise error

    return outcome(console, work)


@pytest.mark.parametrize(
    ("error", "code", "last"),
    [
        (KeyboardInterrupt(), 130, {"result": "interrupted"}),
        (DeadlinePassed("attach it", "late", "Look."), 5, {"result": "failed", "tried": "attach it", "said": "late"}),
        (RefusedForSafety("rejoin it", "the answer was no"), 6, {"result": "refused", "said": "the answer was no"}),
        (Refused("rejoin it", [Refusal("a", "b", "c")]), 6, {"reasons": [{"code": "a", "said": "b", "do": "c"}]}),
    ],
)
def test_the_last_event_has_the_result_also_of_what_went_wrong(
    error: BaseException, code: int, last: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    console = Console()

    assert _ended(JsonLines(console), console, error) == code

    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert ["result" in event for event in events] == [False] * 4 + [True]
    assert events[-1].items() >= last.items()


PROGRAM = """
import sys
from tests.unit.cli.test_progress import Console, DeadlinePassed, JsonLines, Lines, _ended
console = Console()
sys.exit(_ended({}(console), console, DeadlinePassed("attach it", "late")))
"""


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize("kind", ["Lines", "JsonLines"])
def test_work_goes_on_when_nobody_reads_any_more(stream: str, kind: str) -> None:
    """`pypcp rejoin 0 --yes 2>&1 | head` must not end in the middle, nor seem to be done when it is not."""
    reader, writer = os.pipe()
    os.close(reader)
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: writer}
    program = PROGRAM.format(kind)
    ran = subprocess.run([sys.executable, "-c", program], **streams, text=True, check=False)  # type: ignore[call-overload]
    os.close(writer)
    assert ran.returncode == 5 and "Exception" not in (ran.stderr or "")


def test_one_who_interrupts_hears_how_far_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console()

    assert _ended(Lines(console), console, KeyboardInterrupt()) == 130

    assert capsys.readouterr().err.splitlines()[-1] == (
        "pypcp: interrupted: step 2 of 2 had begun on pgpool, and may go on there (attach it); "
        "the same command run again goes on from there"
    )


def test_between_two_steps_nothing_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console()
    report = Lines(console)
    report.begins(PLAN)
    report.started(STEPS[0])
    report.ended(STEPS[0], 0.1, "", already=False)
    assert console.state.startswith("1 of 2 steps were done; the same command")
