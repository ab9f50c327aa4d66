"""The failover from pgpool's call to the promotion: look, decide, promote, see it done. It never waits without end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from pypcp.errors import DeadlinePassed, OperationFailed, PypcpError, RefusedForSafety
from pypcp.failover.decide import Decision, Facts, Verdict, before_looking, decide
from pypcp.hosts.host import Finished, Host
from pypcp.pgpool.failover_call import Call
from pypcp.postgres import scripts
from pypcp.postgres.instance import Instance
from pypcp.postgres.look import look
from pypcp.timing import Deadline

STILL_IN_RECOVERY = 75  # promoted.sh


@dataclass(frozen=True)
class Outcome:
    """What was decided, and how many seconds the promotion took; None when nothing was to be promoted."""

    decision: Decision
    seconds: float | None = None


def failover(
    call: Call,
    host_of: Callable[[str], Host],
    say: Callable[[str], None],
    *,
    timeout: float = 30.0,
    dry_run: bool = False,
) -> Outcome:
    """Promote the node that pgpool chose if its primary failed; ``say`` is told each thing as it is known.

    ``host_of`` gives the host of a hostname; ``timeout`` is for all of it, in seconds. Raises RefusedForSafety where it
    would not be safe, OperationFailed where it cannot be done, DeadlinePassed when the node is not a primary in time.
    """
    tried = f"fail over from {call.failed_label}"
    decision = before_looking(call)
    if decision:
        return _outcome(decision, tried)
    host = host_of(call.new_main_host)
    try:
        return _on(host, call, say, tried, Deadline(timeout), dry_run)
    except TimeoutError:
        raise DeadlinePassed(tried, f"not done after {timeout:g} s", "See where it stands: pypcp status") from None
    finally:
        host.close()


def _on(host: Host, call: Call, say: Callable[[str], None], tried: str, deadline: Deadline, dry_run: bool) -> Outcome:
    began = time.monotonic()
    facts = _look(call, host, deadline)
    decision = decide(facts)
    for warning in decision.warnings:
        say(f"{call.new_main_label}: {warning}")
    if decision.verdict is not Verdict.PROMOTE or dry_run:
        return _outcome(decision, tried)
    assert facts.chosen
    say(f"{decision.why}; promoting {call.new_main_label}")
    _promote(facts.chosen, host, deadline, tried)
    return Outcome(decision, time.monotonic() - began)


def _outcome(decision: Decision, tried: str) -> Outcome:
    if decision.verdict is Verdict.REFUSE:
        raise RefusedForSafety(tried, decision.why, "Nothing was promoted. See: pypcp status")
    if decision.verdict is Verdict.FAIL:
        raise OperationFailed(tried, decision.why, "Nothing was promoted. See: pypcp status")
    return Outcome(decision)


def _look(call: Call, host: Host, deadline: Deadline) -> Facts:
    try:
        return Facts(call, look(host, call.new_main_directory.rstrip("/"), timeout=deadline.left()))
    except PypcpError as why:
        return Facts(call, None, f"{why.tried}: {why.said}")


def _promote(chosen: Instance, host: Host, deadline: Deadline, tried: str) -> None:
    _run(chosen, host, "promote", deadline).or_fail(tried, "Promote it by hand, with pg_ctl promote.")
    seen = _run(chosen, host, "promoted", deadline, f"{deadline.left():.0f}")
    if seen.exit == STILL_IN_RECOVERY:
        said = f"{chosen.host} was told to become the primary, and is in recovery still after {deadline.seconds:g} s"
        raise DeadlinePassed(tried, said, "It goes on with that. Watch its log, and: pypcp status")
    seen.or_fail(tried, "See its log, and: pypcp status")


def _run(chosen: Instance, host: Host, name: str, deadline: Deadline, *args: str) -> Finished:
    script = chosen.era.spelled(scripts.text("prelude", name))
    where = (chosen.bindir, chosen.data_directory)
    return host.run(script, [*where, *args], owner_of=chosen.data_directory, timeout=deadline.left() + 5)
