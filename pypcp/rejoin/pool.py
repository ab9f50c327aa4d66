"""pgpool over PCP, as a rejoin needs it: the nodes with their data directories, attach and detach."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from pypcp.errors import PypcpError
from pypcp.records import Node, Setting, Watchdog
from pypcp.rejoin.nodes import PoolNode, View

AWAY = ("DEAD", "LOST", "SHUTDOWN")  # wd_state_names of pgpools that cannot be asked (watchdog.c)


class Pcp(Protocol):
    """The part of the PCP client that is used; each call makes a connection of its own."""

    def node_info(self, node_id: int) -> Node: ...
    def node_infos(self) -> list[Node]: ...
    def pool_status(self) -> list[Setting]: ...
    def watchdog_info(self) -> Watchdog: ...
    def attach(self, node_id: int) -> None: ...
    def detach(self, node_id: int) -> None: ...


class PcpPool:
    """pgpool's nodes. The settings are asked for once, the nodes anew each time.

    ``elsewhere`` gives the PCP client for the pgpool on another host; without it, the other pgpools are not asked.
    """

    def __init__(self, pcp: Pcp, elsewhere: Callable[[str], Pcp] | None = None) -> None:
        self._pcp, self._elsewhere = pcp, elsewhere
        self._settings: dict[str, str] | None = None

    def nodes(self) -> list[PoolNode]:
        settings = self.settings()
        return [_pool_node(node, settings) for node in self._pcp.node_infos()]

    def configured(self) -> list[PoolNode]:
        """The nodes as pgpool's settings name them, with nothing known of their states."""
        names = {name: value for name, value in self.settings().items() if re.fullmatch(r"backend_hostname\d+", name)}
        return [PoolNode(int(name[16:]), hostname, 0, "unknown", "unknown", "") for name, hostname in names.items()]

    def status(self, node_id: int) -> str:
        return self._pcp.node_info(node_id).status.value

    def settings(self) -> dict[str, str]:
        """pgpool's settings by name, as they were when they were first asked for."""
        if self._settings is None:
            self._settings = {setting.name: setting.value for setting in self._pcp.pool_status()}
        return self._settings

    def views(self) -> list[View]:
        """What each other pgpool of the watchdog says that can be reached and lets us in."""
        if not self._elsewhere or self.settings().get("use_watchdog") not in ("1", "on"):
            return []
        try:
            members = self._pcp.watchdog_info().nodes[1:]
        except PypcpError:
            return []
        there = [member.hostname for member in members if member.state_name not in AWAY]
        with ThreadPoolExecutor() as workers:
            return [view for view in workers.map(self._view_of, there) if view]

    def _view_of(self, hostname: str) -> View | None:
        assert self._elsewhere
        try:
            nodes = self._elsewhere(hostname).node_infos()
        except PypcpError:
            return None
        return View(hostname, tuple(_pool_node(node, self.settings()) for node in nodes))

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
