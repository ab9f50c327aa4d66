"""The hosts of the nodes: one for each node, reached when it is first needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from pypcp.hosts.host import Host
from pypcp.rejoin.nodes import PoolNode


class Reach:
    """Called with a node, gives its host, as ``host_of`` makes it. Hosts stay connected until ``close``."""

    def __init__(self, host_of: Callable[[PoolNode], Host]) -> None:
        self._host_of = host_of
        self._hosts: dict[int, Host] = {}

    def __call__(self, node: PoolNode) -> Host:
        if node.id not in self._hosts:
            self._hosts[node.id] = self._host_of(node)
        return self._hosts[node.id]

    def connect(self, nodes: Iterable[PoolNode]) -> None:
        """Begin to connect to the hosts of these nodes, all at once, and do not wait for it."""
        for node in nodes:
            self(node).connect()

    def close(self) -> None:
        """Give the hosts' connections back."""
        with ThreadPoolExecutor() as workers:
            list(workers.map(lambda host: host.close(), self._hosts.values()))
        self._hosts.clear()
