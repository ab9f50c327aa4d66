"""A rejoin from beginning to end, for a program: look and decide as often as wanted, then run."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType

from pypcp.errors import RefusedForSafety
from pypcp.hosts.host import Host
from pypcp.postgres.slots import UnusedSlot, unused
from pypcp.rejoin.beside import Begun
from pypcp.rejoin.decide import decide
from pypcp.rejoin.facts import Facts, Request
from pypcp.rejoin.gather import Pgpool, gather
from pypcp.rejoin.lock import held
from pypcp.rejoin.nodes import PoolNode
from pypcp.rejoin.plan import SOURCE, TARGET, Plan
from pypcp.rejoin.reach import Reach
from pypcp.rejoin.refusals import Refused
from pypcp.rejoin.reserve import reserved, wanted
from pypcp.rejoin.run import PlanReporter, Reporter, run
from pypcp.rejoin.steps import own_slot, plan_for
from pypcp.rejoin.verdict import EXPLAINED


class Rejoin:
    """Bring ``node`` back as a standby. Hosts stay connected until ``close``.

    ``host_of`` gives the host of a node; ``timeout`` is for each wait, in seconds; ``bindir`` is where PostgreSQL's
    programs are on the hosts, found by itself when empty.
    """

    def __init__(
        self,
        pgpool: Pgpool,
        node: PoolNode,
        host_of: Callable[[PoolNode], Host],
        request: Request,
        *,
        timeout: float = 300.0,
        bindir: str = "",
    ) -> None:
        self._pgpool, self._node, self._host = pgpool, node, Reach(host_of)
        self._request, self._timeout, self._bindir = request, timeout, bindir
        self._facts: Facts | None = None
        self._slots: Begun[list[tuple[PoolNode, UnusedSlot]]] | None = None

    def __enter__(self) -> Rejoin:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give the hosts' connections back."""
        self._host.close()

    def look(self) -> Facts:
        """Gather the facts anew. Changes nothing."""
        self._facts = gather(self._pgpool, self._host, self._node.id, self._request, self._bindir, self._facts)
        return self._facts

    def plan(self) -> Plan:
        """What would be done about the facts as they were gathered last. Raises Refused, with all the reasons."""
        facts = self._facts or self.look()
        found = decide(facts)
        if isinstance(found, tuple):
            raise Refused(f"rejoin {facts.target.pool.label}", found)
        return plan_for(facts, found, self._timeout)

    def confirmed(self, plan: Plan) -> Plan:
        """The same plan, of facts gathered now: somebody has thought about it, and the world did not wait.

        Raises Refused, and RefusedForSafety where something else is to be done by now.
        """
        self.look()
        now = self.plan()
        if (now.verdict, now.source) != (plan.verdict, plan.source):
            raise RefusedForSafety(
                f"rejoin {plan.target}",
                f"the cluster has changed since the question was asked: now {EXPLAINED[now.verdict]} ({now.source})",
                "Nothing was changed. Run the same command again, and read its plan again.",
            )
        return now

    def allow(self, *, discard_diverged: bool) -> None:
        """The operator has allowed to throw committed transactions away; the facts stay as they are."""
        self._request = dataclasses.replace(self._request, discard_diverged=discard_diverged)
        if self._facts:
            self._facts = dataclasses.replace(self._facts, request=self._request)

    def carry_out(self, report: PlanReporter) -> Plan:
        """Plan and run until nothing is left, with nobody to ask; the last plan. Raises Refused and as ``run`` does."""
        plan = self.plan()
        while plan.steps:
            report.begins(plan)
            self.run(plan, report)
            if not plan.again:
                break
            self.look()
            plan = self.plan()
        return plan

    def run(self, plan: Plan, report: Reporter) -> None:
        """Do the steps of a plan of the facts gathered last. Raises StepFailed and what hosts and pgpool raise."""
        facts = self._facts
        assert facts and facts.source and facts.source.instance and facts.target.instance
        source, target = facts.source, facts.target.instance
        assert source.instance
        hosts = {TARGET: self._host(facts.target.pool), SOURCE: self._host(source.pool)}
        owners = {TARGET: target.owner, SOURCE: source.instance.owner}
        with contextlib.ExitStack() as stack:
            needs_it = wanted(plan, source.instance)
            reservation = reserved(hosts[SOURCE], source.instance, own_slot(facts)) if needs_it else None
            wait = stack.enter_context(reservation) if reservation else None
            lock = stack.enter_context(held(hosts[TARGET], target))
            if wait:
                wait()  # it was made ready beside the lock
            run(plan, lock, hosts, owners, self._pgpool, report, streams=self._ask_for_slots)

    def _ask_for_slots(self) -> None:
        self._slots = Begun(self._unused_slots)

    def unused_slots(self) -> list[tuple[PoolNode, UnusedSlot]]:
        """The replication slots of target and source that nobody uses, now that all is done. Raises as ``unused``."""
        return self._slots.result() if self._slots else self._unused_slots()

    def _unused_slots(self) -> list[tuple[PoolNode, UnusedSlot]]:
        facts = self._facts
        assert facts and facts.source
        pairs = [(node.pool, node.instance) for node in (facts.target, facts.source) if node.instance]
        with ThreadPoolExecutor() as workers:
            found = workers.map(lambda pair: unused(self._host(pair[0]), pair[1]), pairs)
            return [(pool, slot) for (pool, _), slots in zip(pairs, found, strict=True) for slot in slots]
