"""Run a plan up to the moment when pgpool has the new primary, with a stop-watch."""

from __future__ import annotations

import contextlib
import functools
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from pypcp.errors import PypcpError
from pypcp.hosts.host import Held, Host
from pypcp.rejoin.beside import Begun
from pypcp.rejoin.plan import Action, PoolRequest, Step
from pypcp.rejoin.run import POLL, Reporter, StepFailed
from pypcp.switchover.gather import Pgpool
from pypcp.switchover.plan import NEW, Plan

PATIENCE = 2.0  # seconds until pgpool is asked again to give up the old primary


@dataclass(frozen=True)
class Outage:
    """How long no node took writes, in seconds, from the order to stop the old primary on.

    ``server`` is until the new primary was out of recovery, ``pgpool`` until pgpool had it as its primary.
    ``checkpoint`` is where the old primary's WAL ended with a checkpoint, ``received`` how far the new primary had
    replayed before it was relied on: both as PostgreSQL writes them.
    """

    server: float
    pgpool: float
    checkpoint: str
    received: str


def run(
    plan: Plan,
    new_id: int,
    locks: Mapping[str, Held],
    hosts: Mapping[str, Host],
    owner: str,
    pgpool: Pgpool,
    report: Reporter,
) -> Outage:
    """Run the steps. ``locks`` are those on OLD and on NEW, which do what is done there: so they are held to its end.

    ``hosts`` are those of OLD and of NEW, and ``owner`` is the user on NEW's who owns the data. Raises StepFailed, with
    how things stand and what to do.
    """
    watch = _Watch(plan, hosts[NEW], owner)
    doer = _Doer(plan, new_id, locks, hosts, pgpool, watch)
    began: dict[str, float] = {}
    ended: dict[str, float] = {}
    said: dict[str, str] = {}
    before = ""
    try:
        for step in plan.steps:
            report.started(step)
            began[step.key] = time.monotonic()
            before = said[step.key] = doer.do(step, before)
            ended[step.key] = time.monotonic()
            report.ended(step, ended[step.key] - began[step.key], before, False)
        doer.settle()
    finally:
        watch.wanted.clear()
    checkpoint, _, milliseconds = said["stop"].partition(" ")
    after = int(milliseconds) / 1000 if milliseconds.isdigit() else 0.0
    stopped = began["stop"] + after  # by the way to the host too early rather than too late
    return Outage(watch.at - stopped, ended["pgpool"] - stopped, checkpoint, said["received"])


class _Watch(threading.Thread):
    """Looks at the new primary from before the stop on, and notes when it first took writes: ``at``, once ``seen``."""

    def __init__(self, plan: Plan, host: Host, owner: str) -> None:
        super().__init__(daemon=True)
        (script,) = (
            action
            for step in plan.steps
            for action in step.actions
            if isinstance(action, Action) and action.script == "promoted"
        )
        self._action, self._host, self._owner = script, host, owner
        self.seen, self.wanted = threading.Event(), threading.Event()
        self.at, self.trouble = 0.0, ""
        self.wanted.set()

    def run(self) -> None:
        while self.wanted.is_set() and not self.seen.is_set():
            try:
                self._look()
            except PypcpError as error:
                self.trouble = error.said or error.tried
                time.sleep(POLL)

    def _look(self) -> None:
        args = (*self._action.args[:2], f"{PATIENCE:.0f}")
        ended = self._host.run(self._action.text, args, as_user=self._owner, timeout=60.0)
        self.trouble = ended.said if ended.exit else ""
        if ended.exit == 0:
            self.at = time.monotonic()
            self.seen.set()


class _Doer:
    """Does one step after the other, on the hosts and through pgpool."""

    def __init__(
        self,
        plan: Plan,
        new_id: int,
        locks: Mapping[str, Held],
        hosts: Mapping[str, Host],
        pgpool: Pgpool,
        watch: _Watch,
    ) -> None:
        self._plan, self._new_id, self._watch = plan, new_id, watch
        self._locks, self._hosts, self._pgpool = locks, hosts, pgpool
        self._trouble = ""
        self._beside: list[Begun[None]] = []

    def do(self, step: Step, before: str) -> str:
        """What the step's script printed; ``before`` is what the step before it printed."""
        try:
            if step.key == "promote":
                return self._promote(step)
            if step.key == "pgpool":
                return self._until_pgpool_sees_it(step)
            if step.key == "stop":
                return self._stop(step)
            (action,) = step.actions
            assert isinstance(action, Action)
            return self._run(step, action, *(before.split()[:1] if step.key == "received" else []))
        except StepFailed:
            raise
        except PypcpError as error:
            raise self._failed(step, error.said or error.tried) from error

    def _run(self, step: Step, action: Action, *more: str) -> str:
        ended = self._locks[action.place].run(action.text, [*action.args, *more], timeout=action.timeout)
        if ended.exit:
            raise self._failed(step, ended.said)
        return ended.stdout.decode("utf-8", "replace").strip() or "done"

    def _stop(self, step: Step) -> str:
        """Have it stopped; where systemd does that, its script is at work beside the one that makes it safe."""
        self._watch.start()
        self._beside = [Begun(functools.partial(self._run_beside, step, action)) for action in step.beside]
        (action,) = step.actions
        assert isinstance(action, Action)
        try:
            return self._run(step, action)
        except StepFailed:
            for each in self._beside:
                each.raise_if_failed(within=PATIENCE)  # it knows more
            raise

    def _run_beside(self, step: Step, action: Action) -> None:
        ended = self._hosts[action.place].run(action.text, action.args, as_user=action.user, timeout=action.timeout)
        if ended.exit:
            raise self._failed(step, ended.said)

    def settle(self) -> None:
        """Wait for the end of what was begun beside a step: the server is down, whatever else its unit still does."""
        for each in self._beside:
            with contextlib.suppress(PypcpError):
                each.result()

    def _promote(self, step: Step) -> str:
        """Have it promoted, and wait until it takes writes; pgpool is asked again now and then."""
        ask, _ = step.actions
        if isinstance(ask, Action):
            self._run(step, ask)
        end = time.monotonic() + self._plan.timeout
        while time.monotonic() < end:
            if isinstance(ask, PoolRequest) and not self._watch.seen.is_set():
                self._give_up(ask.node_id)
            if self._watch.seen.wait(PATIENCE):
                return "done"
        said = self._watch.trouble or "it is still in recovery"
        raise self._failed(step, f"{said}, after {self._plan.timeout:g} s{self._trouble}")

    def _give_up(self, node_id: int) -> None:
        """pgpool may be busy with just that, its health check having seen the stop; then it need not be asked."""
        try:
            if any(node.in_service for node in self._pgpool.nodes() if node.id == node_id):
                self._pgpool.detach(node_id)
        except PypcpError as error:
            self._trouble = f"; pgpool: {error.said or error.tried}"

    def _until_pgpool_sees_it(self, step: Step) -> str:
        (request,) = step.actions
        assert isinstance(request, PoolRequest)
        end, ask_at = time.monotonic() + request.timeout, 0.0
        while time.monotonic() < end:
            if time.monotonic() >= ask_at:
                self._give_up(request.node_id)
                ask_at = time.monotonic() + PATIENCE
            if self._pgpool_sees_it():
                return "primary"
            time.sleep(POLL)
        raise self._failed(step, f"not after {request.timeout:g} s{self._trouble}")

    def _pgpool_sees_it(self) -> bool:
        try:
            nodes = self._pgpool.nodes()
        except PypcpError:
            return False  # pgpool renews its PCP processes at such moments
        return any(node.in_service and node.role == "primary" for node in nodes if node.id == self._new_id)

    def _failed(self, step: Step, said: str) -> StepFailed:
        return StepFailed(step.key, f"{step.title} ({step.host})", said, self._plan.advice[step.key])
