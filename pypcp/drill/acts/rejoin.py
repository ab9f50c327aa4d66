"""Bring the stopped node back as a standby, as an operator would: pypcp rejoin."""

from __future__ import annotations

from pypcp.drill.stage import Stage, primary_of
from pypcp.errors import OperationFailed
from pypcp.records import NodeStatus
from pypcp.rejoin.facts import Request
from pypcp.rejoin.workflow import Rejoin

KEY = "rejoin"
TITLE = "rejoin the node that was stopped"


def is_possible(stage: Stage) -> bool:
    return True


def play(stage: Stage) -> str:
    """What came of it. Raises PypcpError: Refused when it cannot be done without throwing commits away."""
    down = [node.id for node in stage.nodes() if node.status is NodeStatus.DOWN]
    if len(down) != 1:
        raise OperationFailed(TITLE, f"{len(down)} nodes are down, one was expected", "See: pypcp status")
    pool = stage.pool()
    node = next(node for node in pool.nodes() if node.id == down[0])
    with Rejoin(pool, node, stage.node_host, Request(), timeout=stage.timeout) as rejoin:
        plan = rejoin.carry_out(stage.report)
    stage.wait_for_clients()
    primary = primary_of(stage.nodes())
    return f"{node.label} is a standby of node {primary.id if primary else '?'} again ({plan.verdict.value})"
