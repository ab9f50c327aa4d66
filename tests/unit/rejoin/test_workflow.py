"""What a question at a terminal costs: while somebody thinks, the world does not wait."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pypcp.errors import RefusedForSafety
from pypcp.rejoin import workflow
from pypcp.rejoin.facts import Facts, Request
from pypcp.rejoin.verdict import Verdict
from tests.unit.rejoin import worlds as w


def rejoin_in(monkeypatch: pytest.MonkeyPatch, *worlds: Facts) -> workflow.Rejoin:
    """A rejoin that finds these facts, one after the other."""
    found: Iterator[Facts] = iter(worlds)
    monkeypatch.setattr(workflow, "gather", lambda *_: next(found))
    unused: Any = None
    return workflow.Rejoin(unused, w.STOPPED.target.pool, unused, Request())


def test_a_plan_that_was_agreed_to_is_made_of_new_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    rejoin = rejoin_in(monkeypatch, w.STOPPED, w.STOPPED)
    plan = rejoin.plan()
    assert plan.verdict is Verdict.START
    assert rejoin.confirmed(plan) == plan


@pytest.mark.parametrize("now", [w.streaming(), w.diverged()])
def test_a_plan_is_not_done_in_another_world(monkeypatch: pytest.MonkeyPatch, now: Facts) -> None:
    rejoin = rejoin_in(monkeypatch, w.STOPPED, now)
    with pytest.raises(RefusedForSafety):
        rejoin.confirmed(rejoin.plan())
