"""A unit of systemd: started by root, checked as the owner."""

from __future__ import annotations

import dataclasses

from pypcp.rejoin.facts import Request
from pypcp.rejoin.plan import Action
from pypcp.rejoin.steps import plan_for
from pypcp.rejoin.verdict import Verdict
from tests.unit.rejoin import worlds as w


def test_the_unit_is_started_by_root_and_the_server_looked_at_by_its_owner() -> None:
    facts = dataclasses.replace(w.STOPPED, request=Request(service="postgresql@15-main"))

    (start,) = (step for step in plan_for(facts, Verdict.START).steps if step.key == "start")

    by_unit, check = start.actions
    assert isinstance(by_unit, Action) and isinstance(check, Action)
    assert (by_unit.script, by_unit.user, by_unit.args[-1]) == ("service", "root", "postgresql@15-main")
    assert (check.script, check.user) == ("start", "")
    assert start.command == "systemctl start -- postgresql@15-main"
