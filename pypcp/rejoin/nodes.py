"""The nodes as pgpool sees them: what is asked first, and all that is needed to reach their hosts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PoolNode:
    """A node as pgpool sees it. ``status`` and ``role`` are pgpool's words; ``data_directory`` is its setting."""

    id: int
    hostname: str
    port: int
    status: str
    role: str
    data_directory: str
    application_name: str = ""

    @property
    def label(self) -> str:
        """How messages name it."""
        return f"node {self.id} ({self.hostname or 'localhost'}:{self.port})"

    @property
    def in_service(self) -> bool:
        """Whether pgpool sends clients to it, or would."""
        return self.status in ("up", "waiting")


@dataclass(frozen=True)
class View:
    """How another pgpool of the watchdog, with this name, sees the nodes."""

    pgpool: str
    nodes: tuple[PoolNode, ...]
