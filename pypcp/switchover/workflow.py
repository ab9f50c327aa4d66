"""A switchover from beginning to end, for a program: look and decide as often as wanted, then run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType

from pypcp.errors import PypcpError
from pypcp.hosts.host import Host
from pypcp.rejoin import facts as of_rejoin
from pypcp.rejoin.lock import held
from pypcp.rejoin.nodes import PoolNode
from pypcp.rejoin.plan import Plan as RejoinPlan
from pypcp.rejoin.reach import Reach
from pypcp.rejoin.refusals import Refused
from pypcp.rejoin.run import Reporter, StepFailed
from pypcp.rejoin.verdict import EXPLAINED, Verdict
from pypcp.rejoin.workflow import Rejoin
from pypcp.switchover.decide import decide
from pypcp.switchover.facts import Facts, Request, way_back
from pypcp.switchover.gather import Pgpool, gather
from pypcp.switchover.plan import NEW, OLD, Plan, plan_for
from pypcp.switchover.run import Outage, run

# What a server that was stopped cleanly, and whose WAL the new primary has whole, can need.
EXPECTED = (Verdict.NOTHING, Verdict.ATTACH, Verdict.START)


class Switchover:
    """Make ``node`` the primary. Hosts stay connected until ``close``.

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

    def __enter__(self) -> Switchover:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give the hosts' connections back."""
        self._host.close()

    def plan(self) -> Plan:
        """Gather the facts anew, and say what would be done. Changes nothing. Raises Refused, with all the reasons."""
        self._facts = gather(self._pgpool, self._host, self._node.id, self._request, self._bindir)
        if refusals := decide(self._facts):
            raise Refused(f"make {self._node.label} the primary", refusals)
        return plan_for(self._facts, self._timeout)

    def run(self, plan: Plan, report: Reporter) -> Outage:
        """Make it the primary, by a plan of the facts gathered last.

        Raises StepFailed, and RefusedForSafety when another run works on one of the two.
        """
        old, new = self._ends()
        assert old.instance and new.instance
        with ExitStack() as stack:
            locks = {
                OLD: stack.enter_context(held(self._host(old.pool), old.instance)),
                NEW: stack.enter_context(held(self._host(new.pool), new.instance)),
            }
            hosts = {OLD: self._host(old.pool), NEW: self._host(new.pool)}
            return run(plan, new.pool.id, locks, hosts, new.instance.owner, self._pgpool, report)

    def rejoin(self, plan: Plan, report: Reporter, begins: Callable[[RejoinPlan], None]) -> Verdict:
        """Bring the old primary back as a standby; ``begins`` is given the plan for it. The verdict on it.

        Raises StepFailed, also when it would need more than a start: then nothing is done to it.
        """
        old, _ = self._ends()
        request = way_back(self._request)
        try:
            back = Rejoin(self._pgpool, old.pool, self._host, request, timeout=self._timeout, bindir=self._bindir)
            found = back.plan()
            if found.verdict not in EXPECTED and not (self._request.rewind and found.verdict is Verdict.REWIND):
                raise StepFailed("rejoin", f"rejoin {plan.old}", EXPLAINED[found.verdict], plan.advice["rejoin"])
            begins(found)
            if found.steps:
                back.run(found, report)
        except StepFailed as error:
            raise StepFailed(error.step, error.tried, error.said, plan.advice["rejoin"]) from error
        except PypcpError as error:
            raise StepFailed("rejoin", error.tried, error.said, plan.advice["rejoin"]) from error
        return found.verdict

    def _ends(self) -> tuple[of_rejoin.NodeFacts, of_rejoin.NodeFacts]:
        assert self._facts and self._facts.primary
        return self._facts.primary, self._facts.node
