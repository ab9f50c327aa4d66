"""The plan shows the commands that the scripts run, with their options: an operator may want to type them."""

from __future__ import annotations

import re

import pytest

from pypcp.rejoin import scripts
from pypcp.rejoin.steps import plan_for
from pypcp.rejoin.verdict import Verdict
from tests.unit.rejoin import worlds as w

DEBIAN = "/etc/postgresql/15/main/postgresql.conf"


def _shown(verdict: Verdict, key: str, timeout: float = 300.0, **target: str) -> str:
    facts = w.with_target(w.diverged() if verdict is Verdict.REWIND else w.STOPPED, **target)
    (found,) = (step.command for step in plan_for(facts, verdict, timeout).steps if step.key == key)
    return found


def test_a_start_in_either_layout() -> None:
    plain = "env PGDATA=/data /bin/pg_ctl start -w -t 300 -l /.pypcp-data/start.log"
    assert _shown(Verdict.START, "start") == plain
    debian = "pg_ctlcluster --skip-systemctl-redirect 15 main start -- -w -t 300"
    assert _shown(Verdict.START, "start", config_file=DEBIAN) == debian


@pytest.mark.parametrize(
    ("verdict", "key", "program"),
    [
        (Verdict.STOP, "stop", "pg_ctl"),
        (Verdict.REWIND, "recover", "postgres"),
        (Verdict.REWIND, "rewind", "pg_rewind"),
        (Verdict.BASEBACKUP, "basebackup", "pg_basebackup"),
        (Verdict.START, "start", "pg_ctl"),
    ],
)
def test_every_option_of_the_script_is_shown(verdict: Verdict, key: str, program: str) -> None:
    facts = w.with_control(w.diverged(), state="in production") if key == "recover" else w.diverged()
    (shown,) = (step.command for step in plan_for(facts, verdict).steps if step.key == key)
    (line,) = re.findall(rf'^.*"\$(?:bin|1)/{program}" (.*)$', scripts.text(key), re.MULTILINE)[:1]
    options = set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", line)) - {"-D"}  # the directory may be in the environment
    assert options and options <= set(re.findall(r"(?<![^\s'])--?[a-z][a-z-]*", shown))


def test_a_wait_of_less_than_a_second_is_not_none_at_all() -> None:
    assert " -t 1 " in _shown(Verdict.START, "start", timeout=0.2)
