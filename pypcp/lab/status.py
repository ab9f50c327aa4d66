"""What of a lab runs, in PostgreSQL's own words and in pgpool's."""

from __future__ import annotations

from dataclasses import dataclass

from pypcp.client import Client, connect
from pypcp.errors import PypcpError
from pypcp.lab.layout import PGPOOL_HOST, Lab, LabNode
from pypcp.lab.passwords import PGPOOL_USER
from pypcp.lab.postgres import sql
from pypcp.lab.processes import Runner
from pypcp.records import Node, NodeRole

STATE = """\
SELECT CASE WHEN NOT pg_is_in_recovery() THEN 'primary' ELSE coalesce(
    (SELECT 'standby of ' || substring(conninfo from 'host=([^ ]+)')
     FROM pg_stat_wal_receiver WHERE status = 'streaming'),
    'standby that does not stream') END
"""


@dataclass(frozen=True)
class NodeState:
    """A node of the lab: the main process, None where it does not run; what PostgreSQL says; what pgpool says.

    ``state`` is "primary", "standby of HOST", "standby that does not stream", "stopped" or what went wrong.
    ``node`` is None where pgpool could not be asked.
    """

    place: LabNode
    pid: int | None
    state: str
    node: Node | None

    @property
    def is_well(self) -> bool:
        """Whether it does what a node is for, and pgpool uses it as that."""
        if not self.node or not self.node.status.is_attached:
            return False
        if self.node.role == NodeRole.PRIMARY:
            return self.state == "primary"
        return self.node.role == NodeRole.STANDBY and self.state.startswith("standby of ")


@dataclass(frozen=True)
class Status:
    """pgpool's main process, None where it does not run; each node; ``trouble`` says why pgpool could not be asked."""

    lab: Lab
    pgpool_pid: int | None
    nodes: tuple[NodeState, ...]
    trouble: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether every node is well, and one of them primary."""
        return all(node.is_well for node in self.nodes) and len(self.primaries) == 1

    @property
    def primaries(self) -> list[LabNode]:
        """The nodes that are a primary in PostgreSQL's words: one, none, or after an accident two."""
        return [node.place for node in self.nodes if node.state == "primary"]

    def summary(self) -> str:
        """In one line, for an error."""
        states = ", ".join(f"node {node.place.id} is {node.state}" for node in self.nodes)
        return f"{states}; {self.trouble}" if self.trouble else states


def look(lab: Lab, runner: Runner) -> Status:
    """The lab as it is at this moment. Changes nothing, raises nothing for what does not run."""
    pgpool_pid, trouble = runner.main_process(lab.pgpool), "pgpool does not run"
    views: list[Node] = []
    if pgpool_pid:
        trouble = ""
        try:
            with client(lab) as pcp:
                views = pcp.node_infos()
        except PypcpError as error:
            trouble = f"pgpool cannot be asked: {error}"
    by_id = {node.id: node for node in views}
    states = [_node_state(lab, runner, place, by_id.get(place.id)) for place in lab.all_nodes]
    return Status(lab, pgpool_pid, tuple(states), trouble)


def _node_state(lab: Lab, runner: Runner, place: LabNode, node: Node | None) -> NodeState:
    pid = runner.main_process(place.data)
    if not pid:
        return NodeState(place, None, "stopped", node)
    try:
        return NodeState(place, pid, sql(runner, lab, place, STATE), node)
    except PypcpError as error:
        return NodeState(place, pid, error.said, node)


def client(lab: Lab) -> Client:
    """A PCP client for the lab's pgpool."""
    return connect(PGPOOL_HOST, lab.pcp_port, PGPOOL_USER, passfile=str(lab.pcppass), connect_timeout=5.0)
