"""Run a plan up to the moment when pgpool has the new primary, with a stop-watch."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass

from pypcp.errors import PypcpError
from pypcp.hosts.host import Host
from pypcp.rejoin.plan import Action, PoolRequest, Step
from pypcp.rejoin.run import POLL, Reporter, StepFailed
from pypcp.switchover.gather import Pgpool
from pypcp.switchover.plan import Plan

PATIENCE = 2.0  # seconds until pgpool is asked again to give up the old primary
_NOT_YET = 75  # EX_TEMPFAIL of sysexits.h, as promoted.sh ends


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
    plan: Plan, new_id: int, hosts: Mapping[str, Host], directories: Mapping[str, str], pgpool: Pgpool, report: Reporter
) -> Outage:
    """Run the steps. ``hosts`` and ``directories`` give host and data directory of OLD and of NEW.

    Raises StepFailed, with how things stand and what to do.
    """
    doer = _Doer(plan, new_id, hosts, directories, pgpool)
    began: dict[str, float] = {}
    ended: dict[str, float] = {}
    said: dict[str, str] = {}
    before = ""
    for step in plan.steps:
        report.started(step)
        began[step.key] = time.monotonic()
        before = said[step.key] = doer.do(step, before)
        ended[step.key] = time.monotonic()
        report.ended(step, ended[step.key] - began[step.key], before, False)
    checkpoint, _, milliseconds = said["stop"].partition(" ")
    stopped = ended["stop"] - int(milliseconds) / 1000 if milliseconds.isdigit() else began["stop"]
    return Outage(ended["promote"] - stopped, ended["pgpool"] - stopped, checkpoint, said["received"])


class _Doer:
    """Does one step after the other, on the hosts and through pgpool."""

    def __init__(
        self, plan: Plan, new_id: int, hosts: Mapping[str, Host], directories: Mapping[str, str], pgpool: Pgpool
    ) -> None:
        self._plan, self._new_id = plan, new_id
        self._hosts, self._directories, self._pgpool = hosts, directories, pgpool
        self._trouble = ""

    def do(self, step: Step, before: str) -> str:
        """What the step's script printed; ``before`` is what the step before it printed."""
        try:
            if step.key == "promote":
                return self._promote(step)
            if step.key == "pgpool":
                return self._until_pgpool_sees_it(step)
            (action,) = step.actions
            assert isinstance(action, Action)
            return self._run(step, action, *(before.split()[:1] if step.key == "received" else []))
        except StepFailed:
            raise
        except PypcpError as error:
            raise self._failed(step, error.said or error.tried) from error

    def _run(self, step: Step, action: Action, *more: str, accept: tuple[int, ...] = ()) -> str:
        ended = self._hosts[action.place].run(
            action.text, [*action.args, *more], owner_of=self._directories[action.place], timeout=action.timeout
        )
        if ended.exit and ended.exit not in accept:
            raise self._failed(step, ended.said)
        return "" if ended.exit else ended.stdout.decode("utf-8", "replace").strip() or "done"

    def _promote(self, step: Step) -> str:
        """Have it promoted, and wait until it takes writes; pgpool is asked again now and then."""
        ask, promoted = step.actions
        assert isinstance(promoted, Action)
        if isinstance(ask, Action):
            self._run(step, ask)
        end = time.monotonic() + self._plan.timeout
        short = dataclasses.replace(promoted, args=(*promoted.args[:2], f"{PATIENCE:.0f}"), timeout=60.0)
        while time.monotonic() < end:
            if isinstance(ask, PoolRequest):
                self._give_up(ask.node_id)
            if said := self._run(step, short, accept=(_NOT_YET,)):
                return said
        raise self._failed(step, f"it is still in recovery after {self._plan.timeout:g} s{self._trouble}")

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
