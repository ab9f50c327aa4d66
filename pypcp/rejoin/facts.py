"""Everything that a rejoin depends on, looked up once, as frozen records. Nothing here does anything."""

from __future__ import annotations

from dataclasses import dataclass

from pypcp.postgres.access import Attempt
from pypcp.postgres.archive import Archived
from pypcp.postgres.contents import Contents
from pypcp.postgres.divergence import Divergence
from pypcp.postgres.instance import Instance
from pypcp.postgres.losses import Losses
from pypcp.postgres.tablespaces import Place
from pypcp.postgres.timelines import Fork
from pypcp.postgres.unit import Unit
from pypcp.postgres.waldump import Record
from pypcp.rejoin.nodes import PoolNode, View

AUTO = "auto"


@dataclass(frozen=True)
class Request:
    """What the operator asked for and allowed.

    ``fence``: stop a target that still runs as a second primary. ``discard_diverged``: throw away committed
    transactions that only the target has. ``method``: AUTO, or the one chain that is wanted (verdict.METHODS).
    ``replication_user`` and ``rewind_user`` go before what is found. ``service`` is the unit of systemd that starts the
    target; without one it is started directly. ``owner`` is to own a data directory that is missing.
    """

    fence: bool = False
    discard_diverged: bool = False
    method: str = AUTO
    replication_user: str | None = None
    rewind_user: str | None = None
    service: str = ""
    owner: str = ""


@dataclass(frozen=True)
class NodeFacts:
    """A node: pgpool's view, and the instance itself. When that could not be looked at, ``trouble`` says why.

    ``missing`` when that is because there is no data directory.
    """

    pool: PoolNode
    instance: Instance | None
    trouble: str = ""
    unreachable: bool = False
    missing: bool = False

    @property
    def is_primary(self) -> bool:
        """Whether its server runs and takes writes: asked of the server, whatever pgpool says."""
        return bool(self.instance and self.instance.server and not self.instance.server.in_recovery)


@dataclass(frozen=True)
class Facts:
    """The state of the cluster, as far as rejoining ``target`` goes.

    ``fork`` is where target's and source's histories part (None: unknown or nothing shared; ``history_trouble`` says
    which); ``divergence`` what the target wrote after it, None when nothing or not measured; ``archived`` which
    of the WAL that is missing for a rewind its archive has, None when none is; ``losses`` which tables
    were changed by committed transactions in that, None when there are none;
    ``same_record`` what the source has where the target's last record is, None when not asked or not there any more.
    ``views`` are those of the other pgpools that could be asked. ``places`` are, on the host of a target that is down,
    those of the source's tablespaces. ``is_taken`` when a server answers where that of a target without a data
    directory would. ``target_files`` are those of a stopped target, which must be writable, ``source_files`` those of a
    source that is to be copied, which must be readable. ``streaming`` and ``rewinding`` are the connections to the
    source that were tried from the target's host. ``units`` are those of systemd there that was asked for, or that has
    a usual name.
    """

    request: Request
    target: NodeFacts
    others: tuple[NodeFacts, ...]
    fork: Fork | None = None
    history_trouble: str = ""
    divergence: Divergence | None = None
    archived: Archived | None = None
    losses: Losses | None = None
    same_record: Record | None = None
    streaming: tuple[Attempt, ...] = ()
    rewinding: tuple[Attempt, ...] = ()
    views: tuple[View, ...] = ()
    places: tuple[Place, ...] = ()
    is_taken: bool = False
    target_files: Contents = Contents()
    source_files: Contents = Contents()
    units: tuple[Unit, ...] = ()

    @property
    def nodes(self) -> tuple[NodeFacts, ...]:
        """All nodes, in the order of their ids."""
        return tuple(sorted((self.target, *self.others), key=lambda node: node.pool.id))

    @property
    def source(self) -> NodeFacts | None:
        """The primary to follow: the only other node that takes writes; None when there is none, or more than one."""
        primaries = [node for node in self.others if node.is_primary]
        return primaries[0] if len(primaries) == 1 else None

    @property
    def stream(self) -> Attempt | None:
        """The first connection by which the target can stream from the source."""
        return next((attempt for attempt in self.streaming if not attempt.trouble), None)

    @property
    def rewind(self) -> Attempt | None:
        """The first connection by which the target can be rewound from the source."""
        return next((each for each in self.rewinding if not each.trouble and not each.missing), None)
