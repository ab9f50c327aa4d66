"""What setup has seen of the hosts: frozen, gathered without changing anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pypcp.postgres.instance import Instance


@dataclass(frozen=True)
class Present:
    """A file as it is. ``kind`` is file, absent, link, other, or nobody where its user does not exist."""

    kind: str
    text: str | None = field(default=None, repr=False)
    mode: int = 0
    owner: str = ""


@dataclass(frozen=True)
class HostFacts:
    """One host. ``version`` is what pgpool says itself, empty where it is not installed; ``pid`` that of a running one,
    ``began_with`` its pgpool.conf where that has been written since,
    ``has_unread`` whether an earlier run was killed before it had that one read what it had written,
    ``sees_virtual_ip`` whether somebody answers there, asked only where none runs.

    ``unreached`` are the other hosts to which pgpool's user has no ssh from there, each with why.
    ``addresses`` are pairs of interface and address, ``programs`` those that were found of the ones that are needed.
    """

    name: str
    version: str
    has_user: bool
    unreached: Mapping[str, str]
    sample: str = field(repr=False)
    addresses: tuple[tuple[str, str], ...]
    pid: int | None
    began_with: str | None = field(repr=False)
    has_unread: bool
    sees_virtual_ip: bool
    programs: frozenset[str]
    files: Mapping[str, Present]
    postgres: Instance | None
    postgres_error: str = ""


@dataclass(frozen=True)
class Role:
    """A role at the server; ``password`` is its verifier in pg_authid."""

    can_login: bool
    is_superuser: bool
    is_monitor: bool
    password: str = field(repr=False)


@dataclass(frozen=True)
class SqlFacts:
    """The primary's roles among those that matter, and its extensions of pgpool: available, and in which database."""

    roles: Mapping[str, Role]
    available: frozenset[str]
    installed: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Facts:
    """All hosts in the pair's order, and the primary's roles; ``sql`` is None where there is no one primary."""

    hosts: tuple[HostFacts, ...]
    sql: SqlFacts | None

    @property
    def primaries(self) -> list[HostFacts]:
        """The hosts whose PostgreSQL runs and is no standby."""
        servers = ((host, host.postgres.server) for host in self.hosts if host.postgres)
        return [host for host, server in servers if server and not server.in_recovery]
