"""pgpool over PCP, as a rejoin needs it: the nodes with their data directories, attach and detach."""

from __future__ import annotations

from typing import Protocol

from pypcp.errors import WrongUsage
from pypcp.records import Node, Setting
from pypcp.rejoin.facts import PoolNode


class Pcp(Protocol):
    """The part of the PCP client that is used; each call makes a connection of its own."""

    def node_infos(self) -> list[Node]: ...
    def pool_status(self) -> list[Setting]: ...
    def attach(self, node_id: int) -> None: ...
    def detach(self, node_id: int) -> None: ...


class PcpPool:
    """pgpool's nodes. The settings are asked for once, the nodes anew each time."""

    def __init__(self, pcp: Pcp) -> None:
        self._pcp = pcp
        self._settings: dict[str, str] | None = None

    def nodes(self) -> list[PoolNode]:
        settings = self.settings()
        return [_pool_node(node, settings) for node in self._pcp.node_infos()]

    def settings(self) -> dict[str, str]:
        """pgpool's settings by name, as they were when they were first asked for."""
        if self._settings is None:
            self._settings = {setting.name: setting.value for setting in self._pcp.pool_status()}
        return self._settings

    def attach(self, node_id: int) -> None:
        self._pcp.attach(node_id)

    def detach(self, node_id: int) -> None:
        self._pcp.detach(node_id)


def _pool_node(node: Node, settings: dict[str, str]) -> PoolNode:
    return PoolNode(
        id=node.id,
        hostname=node.hostname,
        port=node.port,
        status=node.status.value,
        role=node.role.value if node.role else "unknown",
        data_directory=settings.get(f"backend_data_directory{node.id}", ""),
        application_name=settings.get(f"backend_application_name{node.id}", ""),
    )


def find(nodes: list[PoolNode], name: str) -> PoolNode:
    """The node with this id, ``host:port`` or hostname. Raises WrongUsage when there is none, or more than one."""
    found = [node for node in nodes if name in (str(node.id), node.hostname, f"{node.hostname}:{node.port}")]
    by_id = [node for node in found if str(node.id) == name]
    if len(by_id or found) == 1:
        return (by_id or found)[0]
    listed = ", ".join(f"{node.id} ({node.hostname}:{node.port})" for node in found or nodes)
    what = "is more than one node" if found else "is no node of this pgpool"
    raise WrongUsage(f"find node {name!r}", what, f"There {'match' if found else 'are'}: {listed}")
