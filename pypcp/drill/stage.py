"""What the acts of a drill are done on, and how they wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from pypcp.client import Client
from pypcp.drill.clients import Clients
from pypcp.errors import DeadlinePassed, PypcpError
from pypcp.hosts.host import Host
from pypcp.records import Node, NodeRole
from pypcp.rejoin.nodes import PoolNode
from pypcp.rejoin.pool import PcpPool
from pypcp.rejoin.run import PlanReporter

POLL = 0.1


@dataclass(frozen=True)
class Stage:
    """The pair: ``pcp`` gives a PCP client for the pgpool on a host, or for the one that was named where that is None.

    ``host_of`` gives the host of a hostname, ``node_host`` that of a node; ``timeout`` is for each wait, in seconds.
    """

    pcp: Callable[[str | None], Client]
    host_of: Callable[[str], Host]
    node_host: Callable[[PoolNode], Host]
    clients: Clients
    report: PlanReporter
    timeout: float = 120.0

    def pool(self) -> PcpPool:
        """pgpool's nodes, with their data directories."""
        return PcpPool(self.pcp(None))

    def nodes(self) -> list[Node]:
        """pgpool's view of the nodes."""
        return self.pcp(None).node_infos()

    def wait(self, for_what: str, check: Callable[[], bool]) -> None:
        """Until ``check`` is true; pgpool may be away in between. Raises DeadlinePassed."""
        end = time.monotonic() + self.timeout
        why = ""
        while time.monotonic() < end:
            try:
                if check():
                    return
                why = ""
            except PypcpError as error:
                why = f" ({error.tried}: {error.said})"
            time.sleep(POLL)
        raise DeadlinePassed(f"wait until {for_what}", f"not after {self.timeout:g} s{why}", "See: pypcp status")

    def wait_for_clients(self) -> None:
        """Until clients connect and write. Raises DeadlinePassed."""
        self.wait("clients connect and write again", self.clients.serve)


def primary_of(nodes: list[Node]) -> Node | None:
    """The node that pgpool has as its primary, in service."""
    return next((node for node in nodes if node.role is NodeRole.PRIMARY and node.status.is_attached), None)
