"""All that doctor looked up: the status of the cluster, every host, pgpool and PostgreSQL. Nothing was changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pypcp.postgres.instance import Instance
from pypcp.records import Watchdog
from pypcp.status.facts import Facts as StatusFacts


@dataclass(frozen=True)
class Program:
    """What one of pgpool's commands runs, also through sudo or sh: its path, and whether pgpool's user may.

    ``writable`` is what everybody may write of it, of the directories above, and of what its links lead to.
    ``may_sudo`` is None where the command has no sudo. ``checksum`` is that of a script that is not pypcp itself.
    """

    path: str
    runs: bool
    writable: tuple[str, ...] = ()
    may_sudo: bool | None = None
    checksum: str = ""


@dataclass(frozen=True)
class Host:
    """One host. ``trouble`` is why it could not be looked at: then nothing else is known.

    ``clock`` is how many seconds it is ahead of ours, at the least. ``names`` gives the addresses of each host's name
    there, ``ssh`` what came of a login to it as pgpool's user (empty: it works). ``modes`` gives mode and owner of
    files, ``setuid`` are network tools that make everybody root. ``conf``, ``pcp`` and ``passwd`` are pgpool's files;
    they hold secrets. ``status`` is pgpool's own memory of the nodes. ``pings`` is whether an address answered.
    """

    name: str
    trouble: str = ""
    clock: float = 0.0
    user: str = ""
    conf_path: str = ""
    names: Mapping[str, frozenset[str]] = field(default_factory=dict)
    ssh: Mapping[str, str] = field(default_factory=dict)
    pings: Mapping[str, bool] = field(default_factory=dict)
    addresses: str = ""
    udp: frozenset[int] = frozenset()
    setuid: tuple[str, ...] = ()
    modes: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    conf: Mapping[str, str] = field(default_factory=dict, repr=False)
    conf_trouble: str = ""
    pcp: str = field(default="", repr=False)
    passwd: str = field(default="", repr=False)
    status: tuple[str, ...] = ()
    programs: Mapping[str, Program] = field(default_factory=dict)


@dataclass(frozen=True)
class Pgpool:
    """The pgpool on one host, asked over PCP and SQL. The troubles are empty where it answered."""

    host: str
    pcp_trouble: str = ""
    sql_trouble: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    watchdog: Watchdog | None = None


@dataclass(frozen=True)
class Role:
    """A role of PostgreSQL; ``verifier`` is what pg_authid has of its password.

    ``sees_replication``: whether pg_stat_replication tells it all (docs: "Monitoring", pg_monitor; up to 9.6 a
    superuser's right).
    """

    can_login: bool
    sees_replication: bool
    verifier: str = field(repr=False)


@dataclass(frozen=True)
class Postgres:
    """The PostgreSQL of a node: by a look on its host, and asked over its own socket.

    ``replicates`` is what came of a replication connection from its host to each other node, by node id (empty: it
    works). ``roles`` and ``extensions`` (by database) are empty where they could not be asked.
    """

    node: int
    host: str
    instance: Instance | None = None
    trouble: str = ""
    replicates: Mapping[int, str] = field(default_factory=dict)
    roles: Mapping[str, Role] | None = None
    extensions: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """Everything. ``hosts`` and ``pgpools`` are by hostname, ``servers`` by node id."""

    status: StatusFacts
    hosts: Mapping[str, Host]
    pgpools: Mapping[str, Pgpool]
    servers: Mapping[int, Postgres]

    @property
    def pgpool_hosts(self) -> list[Host]:
        """The hosts of pgpools that could be looked at."""
        return [host for name in self.pgpools if (host := self.hosts.get(name)) and not host.trouble]

    @property
    def unseen(self) -> list[str]:
        """The hosts that could not be looked at."""
        return [host.name for host in self.hosts.values() if host.trouble]

    @property
    def unseen_pgpools(self) -> list[str]:
        """Those of them that have a pgpool."""
        return [name for name in self.unseen if name in self.pgpools]

    def primary(self) -> Postgres | None:
        """The one PostgreSQL that is a primary; None when none is, or several are."""
        found = [each for each in self.servers.values() if _is_primary(each)]
        return found[0] if len(found) == 1 else None


def _is_primary(each: Postgres) -> bool:
    return bool(each.instance and each.instance.server and not each.instance.server.in_recovery)
