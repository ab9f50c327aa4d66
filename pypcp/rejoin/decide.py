"""The decision: facts in, a verdict or the refusals out. Pure: no host, no server, no clock.

All safety lives here. An interlock is a small question over the facts that answers with a refusal or with None; the
tuples below are asked whole, so that an operator hears all reasons in one go.
"""

from __future__ import annotations

from collections.abc import Callable

from pypcp.postgres import lsn
from pypcp.rejoin.facts import Facts
from pypcp.rejoin.interlocks import ALWAYS, BEFORE, BEFORE_CHANGES, FETCHING, KEEPING_THE_DIRECTORY, STARTING
from pypcp.rejoin.refusals import Refusal
from pypcp.rejoin.states import (
    archive_helps,
    can_be_resumed,
    is_ahead,
    is_being_swapped,
    is_finished_rewind,
    is_following,
    is_new_copy,
    is_running,
    went_its_own_way,
)
from pypcp.rejoin.verdict import EXPLAINED, METHODS, Verdict

Interlock = Callable[[Facts], Refusal | None]


def decide(facts: Facts) -> Verdict | tuple[Refusal, ...]:
    """The verdict, or every reason against any."""
    refusals = _asked(ALWAYS, facts)
    if facts.request.method != "basebackup" and not is_being_swapped(facts):
        refusals += _asked(KEEPING_THE_DIRECTORY, facts)
    if refusals:
        return refusals
    verdict = choose(facts)
    if isinstance(verdict, Refusal):
        return (verdict, *_asked(BEFORE_CHANGES, facts), *_asked(STARTING, facts))
    if verdict not in METHODS.get(facts.request.method, tuple(Verdict)):
        return (_other_method(facts, verdict),)
    if verdict not in (Verdict.NOTHING, Verdict.ATTACH):
        refusals = _asked(BEFORE_CHANGES, facts) + _asked(STARTING, facts)
        for_a_copy = verdict is Verdict.FETCH and facts.request.method == "basebackup"
        refusals += _asked(FETCHING if for_a_copy else BEFORE.get(verdict, ()), facts)
    return refusals or verdict


def choose(facts: Facts) -> Verdict | Refusal:
    """What the target needs. The interlocks that hold always have been asked before."""
    if is_following(facts):
        return Verdict.NOTHING if facts.target.pool.in_service else Verdict.ATTACH
    if is_ahead(facts) and not (facts.request.method == "basebackup" and facts.request.discard_diverged):
        return _newer(facts)  # a server that runs and is newer must not even be stopped
    if is_being_swapped(facts):
        return Verdict.SWAP
    if facts.request.method == "basebackup":
        return _by_copy(facts)
    if is_finished_rewind(facts):
        return Verdict.FINISH
    if can_be_resumed(facts):
        return Verdict.RESUME
    if is_running(facts):
        return Verdict.STOP
    if went_its_own_way(facts):
        return Verdict.FETCH if archive_helps(facts) else Verdict.REWIND
    return Verdict.START


def _by_copy(facts: Facts) -> Verdict:
    assert facts.target.instance
    if is_running(facts):
        return Verdict.STOP
    if is_new_copy(facts):
        return Verdict.START
    if archive_helps(facts):
        return Verdict.FETCH
    return Verdict.CREATE if facts.target.instance.vacant else Verdict.BASEBACKUP


def _other_method(facts: Facts, verdict: Verdict) -> Refusal:
    return Refusal(
        "other-method",
        f"{facts.target.pool.label} cannot be helped by --method {facts.request.method}: {EXPLAINED[verdict]}",
        "Leave --method out, or see what it would do: --dry-run",
    )


def _newer(facts: Facts) -> Refusal:
    target, source = facts.target, facts.source
    assert target.instance and source and source.instance and source.instance.server
    end, fence = target.instance.end, " --fence" if is_running(facts) else ""
    return Refusal(
        "target-newer",
        f"{target.pool.label} holds newer history (timeline {target.instance.timeline}, "
        f"WAL to {lsn.show(end) if end is not None else 'unknown'}) than the primary {source.pool.label} (timeline "
        f"{source.instance.timeline}, WAL to {lsn.show(source.instance.server.lsn)})",
        "It may be the one that should survive: compare the data of both. If it must not, a copy of the primary takes "
        "the place of its data, which are kept under another name:\n"
        f"  pypcp rejoin {target.pool.id}{fence} --method basebackup --discard-diverged",
    )


def _asked(interlocks: tuple[Interlock, ...], facts: Facts) -> tuple[Refusal, ...]:
    return tuple(refusal for interlock in interlocks if (refusal := interlock(facts)))
