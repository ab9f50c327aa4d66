"""Run a plan: one step after the other, each of which looks first whether it is done, and afterwards whether it was."""

from __future__ import annotations

import contextlib
import functools
import posixpath
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from pypcp.errors import DeadlinePassed, OperationFailed, PypcpError
from pypcp.hosts.host import Held, Host
from pypcp.rejoin.beside import Begun, Beside
from pypcp.rejoin.gather import Pgpool
from pypcp.rejoin.plan import TARGET, Action, Plan, PoolRequest, Step
from pypcp.rejoin.watching import Amount, watched

POLL = 0.02  # seconds between two looks at pgpool


class Reporter(Protocol):
    """Is told how a run goes on."""

    def started(self, step: Step) -> None:
        """The step begins."""
        ...

    def progressed(self, step: Step, amount: Amount) -> None:
        """A step that takes long has come as far as this; told from another thread than the rest."""
        ...

    def ended(self, step: Step, seconds: float, said: str, already: bool) -> None:
        """The step's effect was seen; ``already`` when nothing had to be done for it."""
        ...


class PlanReporter(Reporter, Protocol):
    """Is told of each plan, too."""

    def begins(self, plan: Plan) -> None:
        """The steps of this plan come next."""
        ...


class StepFailed(OperationFailed):
    """A step did not have its effect; ``step`` is its key. What was done before stands."""

    def __init__(self, step: str, tried: str, said: str, do: str) -> None:
        super().__init__(tried, said, do)
        self.args = (step, tried, said, do)
        self.step = step


def run(
    plan: Plan,
    lock: Held,
    hosts: Mapping[str, Host],
    owners: Mapping[str, str],
    pgpool: Pgpool,
    report: Reporter,
    *,
    streams: Callable[[], object] = lambda: None,
) -> None:
    """Run the steps. ``hosts`` and ``owners`` give the host of TARGET and of SOURCE, and who owns their data.

    ``streams`` is called when the target follows, before it is attached. What is done on the target is done by
    ``lock``, so that it is held as long as a step works there, whatever becomes of us.

    Raises StepFailed, and what hosts and the PCP client raise; the same command run again goes on from there.
    """

    def act(action: Action | PoolRequest, before: str, step: Step) -> str:
        if isinstance(action, PoolRequest):
            return _ask_pgpool(action, pgpool, step)
        host, owner = hosts[action.place], owners[action.place]
        with _told(action, host, owner, step, report):
            return _run(action, before, lock, host, owner, step)

    def do(step: Step) -> str:
        said = [""]
        for action in step.actions[:-1]:
            said.append(act(action, said[-1], step))
        begun = [Begun(functools.partial(act, action, "", step)) for action in step.beside]
        said.append(act(step.actions[-1], said[-1], step))
        for each in begun:
            each.result()
        return "already" if set(said[1:]) == {"already"} else said[-1]

    beside = Beside(plan, do)
    for step in plan.steps:
        report.started(step)
        began = time.monotonic()
        said = beside.finish(step)
        already = said == "already"
        report.ended(step, time.monotonic() - began, "" if already else said, already)
        if step.key == "follow":
            streams()


def _told(
    action: Action, host: Host, owner: str, step: Step, report: Reporter
) -> contextlib.AbstractContextManager[None]:
    """Tells how far the action's tool is, where it has one that says so."""
    if not action.log:
        return contextlib.nullcontext()
    lock = posixpath.join(posixpath.dirname(action.log), "lock")
    return watched(host, action.log, lock, owner, lambda amount: report.progressed(step, amount))


def _run(action: Action, before: str, lock: Held, host: Host, owner: str, step: Step) -> str:
    args = [*action.args, *([before] if before else [])]
    if action.place == TARGET and action.user == "" and not action.watches:
        ended = lock.run(action.text, args, stdin=action.stdin, timeout=action.timeout)
    else:
        who = owner if action.user == "" else action.user
        ended = host.run(action.text, args, stdin=action.stdin, timeout=action.timeout, as_user=who)
    if ended.exit:
        raise StepFailed(
            step.key, f"{step.title} on {host.name}", ended.said, "Mend that, then run the same command again."
        )
    return ended.stdout.decode("utf-8", "replace").strip()


def _ask_pgpool(request: PoolRequest, pgpool: Pgpool, step: Step) -> str:
    """Ask, then wait until pgpool itself shows the effect: its reply only says that the request was queued."""
    wanted = request.word == "attach"

    def is_done(word: str) -> bool:
        return (word in ("up", "waiting")) == wanted

    word = pgpool.status(request.node_id)
    if is_done(word):
        return "already"
    (pgpool.attach if wanted else pgpool.detach)(request.node_id)
    end = time.monotonic() + request.timeout
    while not is_done(word):
        if time.monotonic() > end:
            raise DeadlinePassed(
                step.title,
                f"pgpool still has node {request.node_id} {word} after {request.timeout:g} s",
                "See pgpool's log.",
            )
        time.sleep(POLL)
        try:
            word = pgpool.status(request.node_id)
        except PypcpError:
            continue  # pgpool renews its PCP processes at such moments
    return word
