"""How far pg_rewind and pg_basebackup are: what they print, and what becomes of it on a terminal, in a log, in JSON."""

from __future__ import annotations

import getpass
import json
import os
import threading
from pathlib import Path

import pytest

from pypcp.hosts.local import LocalHost
from pypcp.rejoin import watching
from pypcp.rejoin.plan import Step
from pypcp.rejoin.watching import Amount, read, watched
from pypcp_cli.console import Console
from pypcp_cli.progress import JsonLines, Lines

REWIND = "pg_rewind: need to copy 66 MB (total source)\n    0/67890 kB (0%) copied\n12345/67890 kB (18%) copied\n"
BACKUP = (
    "waiting for checkpoint\r     7/23456 kB (0%), 0/1 tablespace (...data/x)\r23463/23456 kB (100%), 1/1 tablespace\n"
)
STEP = Step("rewind", "rewind it", "ser", (), "pg_rewind")


@pytest.mark.parametrize(
    ("said", "amount"),
    [(REWIND, Amount(12345, 67890, 18)), (BACKUP, Amount(23463, 23456, 100)), ("pg_rewind: fatal", None), ("", None)],
)
def test_the_last_that_was_said_counts(said: str, amount: Amount | None) -> None:
    assert read(said) == amount


def test_a_log_is_followed_but_not_that_of_a_former_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "INTERVAL", 0.01)
    log, lock = tmp_path / "it's $(a) log", tmp_path / "lock"
    log.write_text("900/900 kB (100%) copied\n")
    lock.write_text("")
    os.utime(log, (1, 1))
    told, came = list[Amount](), threading.Event()

    def tell(amount: Amount) -> None:
        told.append(amount)
        came.set()

    with watched(LocalHost(), str(log), str(lock), getpass.getuser(), tell):
        assert not came.wait(0.3)
        log.write_text("1/900 kB (0%) copied\n")
        os.utime(lock, (2, 2))
        assert came.wait(20)
    assert set(told) == {Amount(1, 900, 0)}


def lines_of(capsys: pytest.CaptureFixture[str], *percents: int) -> str:
    lines = Lines(Console())
    for percent in percents:
        lines.progressed(STEP, Amount(percent << 10, 100 << 10, percent))
    lines.ended(STEP, 3.0, "", False)
    return capsys.readouterr().err


def test_lines_are_rare_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    said = lines_of(capsys, 3, 12, 15, 19, 47, 49, 100)
    assert said.split("\n") == [
        "      12 %, 12 of 100 MB", "      47 %, 47 of 100 MB", "      100 %, 100 of 100 MB", "      done in 3.0 s", ""
    ]  # fmt: skip


def test_a_bar_is_drawn_over_on_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Console, "can_pass", True)
    monkeypatch.setattr(Console, "width", 80)
    said = lines_of(capsys, 10, 50)
    first, second, end = said.removeprefix("\r").split("\x1b[K", 2)
    assert first == "      [###...........................]  10 %, 10 of 100 MB"
    assert second == "\r      [###############...............]  50 %, 50 of 100 MB"
    assert end == "\r\x1b[K      done in 3.0 s\n"


def test_events_tell_it_in_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    JsonLines(Console()).progressed(STEP, Amount(10, 200, 5))
    assert json.loads(capsys.readouterr().out) == {
        "event": "progress", "step": "rewind", "done_kb": 10, "total_kb": 200, "percent": 5
    }  # fmt: skip
