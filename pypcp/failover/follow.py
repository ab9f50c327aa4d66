"""What pgpool has done with each other node after a failover: have it follow the new primary, and attach it."""

from __future__ import annotations

from collections.abc import Callable

from pypcp.errors import WrongUsage
from pypcp.hosts.host import Host
from pypcp.pgpool.failover_call import Call
from pypcp.rejoin.facts import Request
from pypcp.rejoin.gather import Pgpool
from pypcp.rejoin.nodes import PoolNode
from pypcp.rejoin.run import PlanReporter
from pypcp.rejoin.verdict import Verdict
from pypcp.rejoin.workflow import Rejoin


def follow(
    call: Call,
    pgpool: Pgpool,
    host_of: Callable[[PoolNode], Host],
    report: PlanReporter,
    *,
    timeout: float = 300.0,
    request: Request | None = None,
) -> Verdict | None:
    """Rejoin the node of this call when its PostgreSQL runs; what was done, or None for a node that is stopped.

    One that is stopped was so before pgpool called, or is what failed: whoever mends it brings it back with a rejoin.
    ``timeout`` is for each wait, in seconds. Raises WrongUsage when pgpool has no such node, Refused with the reasons
    why it cannot be done safely, and what a rejoin raises.
    """
    node = _node(call, pgpool)
    with Rejoin(pgpool, node, host_of, request or Request(), timeout=timeout) as rejoin:
        target = rejoin.look().target.instance
        if target and target.pid is None:
            return None
        return rejoin.carry_out(report).verdict


def _node(call: Call, pgpool: Pgpool) -> PoolNode:
    for node in pgpool.nodes():
        if (node.id, node.hostname, node.port) == (call.failed, call.failed_host, call.failed_port):
            return node
    raise WrongUsage("follow the new primary", f"this pgpool has no {call.failed_label}", "See: pypcp node-info")
