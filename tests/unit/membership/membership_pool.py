"""A pgpool in memory: does with attach, detach and promote what it is told to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pypcp.errors import ConnectionBroken
from pypcp.records import Node, NodeRole, NodeStatus, Setting


def node(node_id: int, status: str, role: str | None, pg_role: str | None, pg_status: str | None = "up") -> Node:
    """A node with the words of the JSON."""
    return Node(
        id=node_id,
        hostname=f"host{node_id}",
        port=5432,
        status=NodeStatus(status),
        status_code=0,
        role=NodeRole(role) if role else None,
        pg_status=pg_status,
        pg_role=pg_role,
    )


class Pool:
    """Nodes, and what happens to them at each look after a request: ``then`` is called with the number of the look."""

    timeout: float | None = 5.0

    def __init__(self, *nodes: Node, then: Callable[[Pool, int], None] = lambda pool, look: None) -> None:
        self.nodes = list(nodes)
        self.requests: list[str] = []
        self._then = then
        self._looks = 0

    def change(self, node_id: int, **values: object) -> None:
        self.nodes[node_id] = replace(self.nodes[node_id], **values)  # type: ignore[arg-type]

    def _look(self) -> None:
        if self.requests:
            self._looks += 1
            self._then(self, self._looks)

    def close(self) -> None:
        """There is nothing to close."""

    def node_info(self, node_id: int) -> Node:
        self._look()
        return self.nodes[node_id]

    def node_infos(self) -> list[Node]:
        self._look()
        return self.nodes

    def pool_status(self) -> list[Setting]:
        return [Setting("health_check_period", "0", "")]

    def attach(self, node_id: int) -> None:
        self.requests.append(f"attach {node_id}")

    def detach(self, node_id: int, *, gracefully: bool = False) -> None:
        self.requests.append(f"detach {node_id}" + " gracefully" * gracefully)

    def promote(self, node_id: int, *, gracefully: bool = False, switchover: bool = False) -> None:
        self.requests.append(f"promote {node_id}" + " switchover" * switchover)

    def recover(self, node_id: int) -> None:
        self.requests.append(f"recover {node_id}")


def renewing(pool: Pool, look: int) -> None:
    """The first look meets a PCP process that pgpool is just ending."""
    if look == 1:
        raise ConnectionBroken("ask for node 1 on host:9898", "the server closed the connection")
