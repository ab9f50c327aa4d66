"""The decision: facts in, the reasons against out; with none of them the switchover may begin. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from pypcp.rejoin.refusals import Refusal
from pypcp.switchover.facts import Facts, afterwards, can_be_thought_through
from pypcp.switchover.interlocks import ABOUT_THE_NODE, ABOUT_THE_WAY_BACK, OWN


def decide(facts: Facts) -> tuple[Refusal, ...]:
    """Every reason against a switchover; empty when there is none."""
    return tuple({refusal.code: refusal for refusal in _refusals(facts)}.values())


def _refusals(facts: Facts) -> Iterator[Refusal]:
    asked = [interlock(facts.now) for interlock in ABOUT_THE_NODE] + [interlock(facts) for interlock in OWN]
    if can_be_thought_through(facts):
        after = afterwards(facts)
        asked += [interlock(after) for interlock in ABOUT_THE_WAY_BACK]
    yield from filter(None, asked)
