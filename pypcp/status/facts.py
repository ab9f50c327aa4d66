"""Everything that was looked up about a cluster at one moment, with what could not be."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from pypcp.postgres.instance import Receiver, Sender
from pypcp.records import Node, Watchdog

# The names of the sources.
SERVER_PREFIX = "SQL node "
NODES, POOL, WATCHDOG, SQL = "PCP nodes", "PCP settings", "PCP watchdog", "SQL pgpool"
DELEGATE = "PCP delegate IP"


def server_source(node_id: int) -> str:
    """The name of the source that is the PostgreSQL of a node."""
    return f"{SERVER_PREFIX}{node_id}"


@dataclass(frozen=True)
class Source:
    """One place that was asked. ``error`` is None if it answered; ``seconds`` is how long it took.

    ``is_silent`` marks one that did not answer in time, as against one that said no; ``is_login`` one that did not let
    us in.
    """

    name: str
    seconds: float
    error: str | None = None
    is_silent: bool = False
    is_login: bool = False


@dataclass(frozen=True)
class Server:
    """How a PostgreSQL sees itself. ``lsn`` is what a primary has written, or a standby has received."""

    version: int
    in_recovery: bool
    system_identifier: int | None
    timeline: int | None
    lsn: int | None
    replayed: int | None = None
    senders: tuple[Sender, ...] = ()
    receiver: Receiver | None = None


@dataclass(frozen=True)
class Facts:
    """One look at a cluster.

    ``nodes`` is pgpool's view over PCP, ``pool_nodes`` over SQL; ``servers`` is what the PostgreSQL of a node says of
    itself, by node id, for those that could be asked. ``addresses`` are a node's host in numbers, to recognise it by.
    ``delegate_ip`` is the watchdog's, ``delegate_holder`` the name of the member that was seen to have it.
    What was not told is None or empty, and ``sources`` say why.
    """

    pgpool: str
    moment: datetime
    sources: tuple[Source, ...]
    nodes: tuple[Node, ...] | None = None
    nodes_are_from_memory: bool = False
    pool_nodes: tuple[Node, ...] | None = None
    settings: dict[str, str] = field(default_factory=dict)
    version: str | None = None
    watchdog: Watchdog | None = None
    delegate_ip: str | None = None
    delegate_holder: str | None = None
    servers: dict[int, Server] = field(default_factory=dict)
    addresses: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def source(self, name: str) -> Source | None:
        """The source of this name, if it was asked."""
        return next((source for source in self.sources if source.name == name), None)

    @property
    def mode(self) -> str | None:
        """pgpool's clustering mode (src/include/pool_config.h; until 4.1 it was spread over several settings)."""
        number = self.settings.get("backend_clustering_mode")
        if number is not None:
            # slony, 4, was removed in 4.7, which also brought work_dir, and the numbers behind it moved
            names = _MODES_OF_4_7 if "work_dir" in self.settings else _MODES
            return names.get(number, number)
        if "master_slave_mode" not in self.settings:
            return None
        return _former_mode(self.settings)

    @property
    def is_streaming(self) -> bool:
        """Whether the nodes are a primary and its standbys; where that was not told, they are taken for it."""
        return self.mode in (None, "streaming_replication")


_MODES = {
    "1": "streaming_replication",
    "2": "native_replication",
    "3": "logical_replication",
    "4": "slony",
    "5": "raw",
    "6": "snapshot_isolation",
}
_MODES_OF_4_7 = {**_MODES, "4": "raw", "5": "snapshot_isolation"}


# MasterSlaveSubModes of src/include/pool_config.h: told as numbers over PCP
_SUB_MODES = {"2": "streaming_replication", "stream": "streaming_replication"}
_SUB_MODES |= {"3": "logical_replication", "logical": "logical_replication"}


def _former_mode(settings: dict[str, str]) -> str:
    if settings["master_slave_mode"] in ("1", "on"):
        return _SUB_MODES.get(settings.get("master_slave_sub_mode", ""), "slony")
    return "native_replication" if settings.get("replication_mode") in ("1", "on") else "raw"
