"""How errors are told: what was tried, what was answered, what to do now, and whether anything was changed."""

from __future__ import annotations

import pytest

from pypcp.errors import OperationFailed, PypcpError, RefusedForSafety
from pypcp.rejoin.refusals import Refusal, Refused
from pypcp_cli.console import Console
from pypcp_cli.outcome import outcome

NODE = "node 0 (ser:5432)"


def _told(error: PypcpError, capsys: pytest.CaptureFixture[str], console: Console | None = None) -> list[str]:
    def work() -> None:
        raise error

    outcome(console or Console(), work)
    return capsys.readouterr().err.splitlines()


def test_a_refusal_says_that_nothing_was_changed(capsys: pytest.CaptureFixture[str]) -> None:
    told = _told(Refused(f"rejoin {NODE}", [Refusal("code", f"{NODE} is the primary", "Name another.")]), capsys)

    assert told == [f"pypcp: rejoin {NODE}: it is the primary", "Name another.", "Nothing was changed."]


def test_it_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    error = RefusedForSafety("detach node 0", "it is the last one", "Nothing was changed. To insist: --force")

    assert _told(error, capsys) == ["pypcp: detach node 0: it is the last one", error.do]


def test_what_failed_may_have_changed_something(capsys: pytest.CaptureFixture[str]) -> None:
    assert _told(OperationFailed("start it", "no"), capsys) == ["pypcp: start it: no"]


def test_all_reasons_are_listed_with_whole_names(capsys: pytest.CaptureFixture[str]) -> None:
    reasons = [Refusal("a", f"{NODE} is down", "Start it."), Refusal("b", "no tools", "Install them.")]

    told = _told(Refused(f"rejoin {NODE}", reasons), capsys)

    assert told[0] == f"pypcp: rejoin {NODE}: 2 reasons not to"
    assert told[1:] == [f"- {NODE} is down", "  Start it.", "- no tools", "  Install them.", "Nothing was changed."]


def test_on_a_terminal_prose_is_broken_at_spaces_and_commands_are_left_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    command = "psql -c 'GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text, boolean, boolean) TO repl'"
    reasons = [Refusal("a", "word " * 30 + "end", command), Refusal("b", "short", "Install them.")]

    told = _told(Refused(f"rejoin {NODE}", reasons), capsys)

    assert command in told[-4]
    prose = [line for line in told if command not in line]
    assert max(map(len, prose)) <= 60
    assert sum(line.startswith("  word") for line in prose) == 2


def test_the_answer_was_no(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    console = Console()
    monkeypatch.setattr("sys.stdin.readline", lambda: "n\n")

    code = outcome(console, lambda: console.agreed("rejoin it", "Do this?"))

    assert code == 6
    assert capsys.readouterr().err == "Do this? [y/N] pypcp: rejoin it: the answer was no\nNothing was changed.\n"
