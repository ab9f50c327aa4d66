"""A pair, described: two hosts or more with PostgreSQL, and what the pgpools in front of them shall be like.

Frozen, checked when made, and without a single secret. The order of the hosts counts: a host's place is its node id in
pgpool and its number in the watchdog, and the first is preferred as the leader.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from pypcp.errors import WrongUsage
from pypcp.pgpool.parameters import required
from pypcp.setup import checks
from pypcp.setup.checks import Check, Unfit


def _is(check: Check, default: Any = MISSING) -> Any:
    """A field whose value has to pass ``check``; without a default it has to be given."""
    return field(metadata={"check": check}, default=default)


class _Checked:
    """A part of the description: making one with a value that is not right raises Unfit, which tells all of them."""

    table = ""

    def __post_init__(self) -> None:
        wrong = [
            checks.complaint(self.table, each.name, value, wanted)
            for each in fields(self)  # type: ignore[arg-type]
            if "check" in each.metadata and (wanted := each.metadata["check"](value := getattr(self, each.name)))
        ]
        if wrong:
            raise Unfit("describe the pair", "; ".join(wrong))


_PORT = checks.number(1, 65535)
_SECONDS = checks.number(0, 86400)


@dataclass(frozen=True)
class Member(_Checked):
    """A host: its PostgreSQL, and where the virtual IP goes on it. ``application_name`` is that of its walreceiver."""

    table = "hosts"
    name: str = _is(checks.hostname)
    data_directory: str = _is(checks.path)
    port: int = _is(_PORT, 5432)
    weight: int = _is(checks.number(0, 1000000), 1)
    application_name: str = _is(checks.empty_or(checks.word), "")
    interface: str = _is(checks.interface, "eth0")


@dataclass(frozen=True)
class Pgpool(_Checked):
    """pgpool's programs, places and ports, the same on every host.

    ``user`` runs pgpool. ``state_directory`` holds its status file, ``log_file`` what it prints where no systemd keeps
    it. ``settings`` are any others of pgpool.conf, as pairs of name and value; they win.
    """

    table = "pgpool"
    version: str = _is(checks.version)
    directory: str = _is(checks.path, "/etc/pgpool2")
    program: str = _is(checks.path, "/usr/sbin/pgpool")
    unit: str = _is(checks.word, "pgpool2")
    user: str = _is(checks.os_user, "postgres")
    pypcp: str = _is(checks.path, "/usr/bin/pypcp")
    port: int = _is(_PORT, 9999)
    listen_addresses: str = _is(checks.listen, "*")
    pcp_port: int = _is(_PORT, 9898)
    pcp_listen_addresses: str = _is(checks.listen, "*")
    socket_directory: str = _is(checks.path, "/run/postgresql")
    pid_file: str = _is(checks.path, "/run/postgresql/pgpool.pid")
    state_directory: str = _is(checks.path, "/var/log/postgresql")
    log_file: str = _is(checks.path, "/var/log/postgresql/pgpool.log")
    hba: tuple[str, ...] = _is(checks.each(checks.rule), ())
    settings: tuple[tuple[str, str], ...] = _is(checks.settings, ())

    def __post_init__(self) -> None:
        super().__post_init__()
        wrong = [f"{name} {told}" for name, value in self.settings if (told := self._complaint(name, value))]
        if wrong:
            raise Unfit("describe the pair", "; ".join(f"pgpool.settings: {each}" for each in wrong))

    def _complaint(self, name: str, value: str) -> str:
        try:
            return required(name, self.release).complaint(value, self.release)
        except WrongUsage as why:
            return f"{why.said}. {why.do}".strip()

    @property
    def release(self) -> tuple[int, int]:
        """The version as numbers, to compare."""
        return checks.numbers(self.version)


@dataclass(frozen=True)
class VirtualIp(_Checked):
    """The address that clients use. ``ip``, ``arping`` and ``sudo`` are the programs on the hosts."""

    table = "virtual_ip"
    address: str = _is(checks.address4)
    prefix: int = _is(checks.number(1, 32), 24)
    ip: str = _is(checks.program, "/sbin/ip")
    arping: str = _is(checks.program, "/usr/sbin/arping")
    sudo: str = _is(checks.program, "/usr/bin/sudo")


@dataclass(frozen=True)
class Watchdog(_Checked):
    """How the pgpools watch one another; intervals in seconds. The trusted servers are pinged to see who is cut off."""

    table = "watchdog"
    port: int = _is(_PORT, 9000)
    heartbeat_port: int = _is(_PORT, 9694)
    interval: int = _is(checks.number(1, 3600), 3)
    heartbeat_keepalive: int = _is(checks.number(1, 3600), 2)
    heartbeat_deadtime: int = _is(checks.number(1, 3600), 10)
    trusted_servers: tuple[str, ...] = _is(checks.each(checks.hostname), ())


@dataclass(frozen=True)
class Users(_Checked):
    """Who logs in where.

    ``postgres`` is the operating system's user who owns PostgreSQL's data.
    ``check`` is the role of the streaming check and the health check, made where it is missing; ``recovery`` that of
    online recovery, none when empty; ``replication`` is what standbys stream as; ``clients`` are the roles that connect
    through pgpool. ``pcp`` is pgpool's own user for PCP; ``operators`` are the users of the operating system that can
    use it without being asked for a password.
    """

    table = "users"
    postgres: str = _is(checks.os_user, "postgres")
    check: str = _is(checks.role, "pgpool")
    database: str = _is(checks.role, "postgres")
    replication: str = _is(checks.role, "repl")
    recovery: str = _is(checks.empty_or(checks.role), "")
    clients: tuple[str, ...] = _is(checks.each(checks.role), ())
    pcp: str = _is(checks.role, "pgpool")
    operators: tuple[str, ...] = _is(checks.each(checks.os_user), ("root", "postgres"))


@dataclass(frozen=True)
class HealthCheck(_Checked):
    """How pgpool finds out that a node is gone, and which standby lags; seconds."""

    table = "health_check"
    period: int = _is(checks.number(1, 86400), 5)
    timeout: int = _is(_SECONDS, 10)
    max_retries: int = _is(checks.number(0, 1000), 3)
    retry_delay: int = _is(_SECONDS, 1)
    streaming_period: int = _is(checks.number(1, 86400), 5)
    search_primary: int = _is(_SECONDS, 60)


_LEVELS = ("debug5", "debug4", "debug3", "debug2", "debug1", "info", "notice", "warning", "error", "log", "fatal")


@dataclass(frozen=True)
class Log(_Checked):
    """Where pgpool logs, and how much."""

    table = "log"
    destination: str = _is(checks.one_of("stderr", "syslog"), "stderr")
    facility: str = _is(checks.one_of(*(f"LOCAL{number}" for number in range(8))), "LOCAL0")
    min_messages: str = _is(checks.one_of(*_LEVELS), "warning")
    connections: bool = _is(checks.flag, False)
    statement: bool = _is(checks.flag, False)


@dataclass(frozen=True)
class LoadBalance(_Checked):
    """Whether reads go to standbys, and how many bytes behind one may be to get any; 0 is any."""

    table = "load_balance"
    on: bool = _is(checks.flag, True)
    delay_threshold: int = _is(checks.number(0, 2**31 - 1), 10000000)


@dataclass(frozen=True)
class Pair(_Checked):
    """All of it."""

    hosts: tuple[Member, ...]
    pgpool: Pgpool
    virtual_ip: VirtualIp
    name: str = _is(checks.cluster, "pair")
    watchdog: Watchdog = Watchdog()
    users: Users = Users()
    health_check: HealthCheck = HealthCheck()
    log: Log = Log()
    load_balance: LoadBalance = LoadBalance()

    def __post_init__(self) -> None:
        super().__post_init__()
        names = [host.name for host in self.hosts]
        if len(names) < 2 or len(set(names)) < len(names):
            raise Unfit("describe the pair", f"there are {len(names)} hosts; two or more are needed, each once")
        if self.virtual_ip.address in names:
            raise Unfit("describe the pair", f"the virtual IP {self.virtual_ip.address} is one of the hosts' own")

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that pgpool has to know the password of, each once."""
        users = self.users
        return tuple(dict.fromkeys(role for role in (users.check, users.recovery, *users.clients) if role))
