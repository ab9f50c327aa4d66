"""Wait until pgpool sees a node in a state."""

from __future__ import annotations

import time

from pypcp import node_names
from pypcp.errors import ConnectionBroken, ConnectionFailed, DeadlinePassed, MalformedReply, PypcpError, WrongUsage
from pypcp.timing import Deadline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pypcp.client import Client
    from pypcp.records import Node

INTERVAL = 0.2  # seconds; each look costs pgpool a process
# A restart of pgpool, or of its PCP processes after a failover, looks like this; it passes.
PASSING = (ConnectionFailed, ConnectionBroken, DeadlinePassed, MalformedReply)


def wait(connect: Callable[[], Client], name: str, state: str, timeout: float) -> Node:
    """Look at the node until it is ``up``, ``down``, ``primary``, ``standby`` or ``streaming``; the node as it is then.

    Each look has a connection of its own (``connect`` makes the client): an open one would keep pgpool up to 4.4 from
    the very change that is waited for. Raises DeadlinePassed after ``timeout`` seconds, WrongUsage for a node that is
    not there, and what no waiting changes, such as AuthenticationFailed.
    """
    node_names.check(name)
    deadline = Deadline(timeout)
    seen = "pgpool was not reached"
    while True:
        node, seen = _look(connect(), name, deadline, seen)
        if node and is_in(node, state):
            return node
        try:
            time.sleep(min(INTERVAL, deadline.left()))
        except TimeoutError:
            raise DeadlinePassed(f"wait for node {name} to be {state}", f"after {timeout:g} s {seen}") from None


def _look(client: Client, name: str, deadline: Deadline, before: str) -> tuple[Node | None, str]:
    try:
        client.timeout = client.connect_timeout = max(0.05, deadline.left())
        with client as pcp:
            node = pcp.node_info(node_names.node_id(pcp, name))
    except TimeoutError:
        return None, before
    except PASSING as error:
        return None, f"pgpool does not answer: {_short(error)}"
    role = f", role {node.role.value}" if node.role else ""
    streams = f", {node.replication_state}" if node.replication_state else ""
    return node, f"node {node.id} ({node.hostname}:{node.port}) is {node.status.value}{role}{streams}"


def _short(error: PypcpError) -> str:
    return (error.said or error.tried).splitlines()[0]


def is_in(node: Node, state: str) -> bool:
    """Whether the node is in the state. Raises WrongUsage for one that this pgpool cannot tell."""
    if state in ("up", "down"):
        return node.status.is_attached == (state == "up")
    if not node.status.is_attached:
        return False
    if state == "streaming":
        return node.replication_state == "streaming"
    if node.role is None:
        raise WrongUsage(f"wait for node {node.id} to be {state}", "pgpool 3.6 does not tell the role over PCP")
    return node.role.value == state and node.pg_role in (None, state, "unknown")
