"""What is known about one PostgreSQL instance on its host, as frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pypcp.postgres.controldata import ControlData
from pypcp.postgres.eras import NEWEST, Era, era_of
from pypcp.postgres.timelines import Stretch
from pypcp.postgres.waldump import Record

# A standby must not have less of these than its primary (docs: "Hot Standby", "Administrator's Overview").
NOT_LESS = (
    "max_connections",
    "max_worker_processes",
    "max_wal_senders",
    "max_prepared_transactions",
    "max_locks_per_transaction",
)


@dataclass(frozen=True)
class Sender:
    """A standby that a running server feeds (pg_stat_replication)."""

    application_name: str
    client_address: str | None
    state: str
    replay: int | None


@dataclass(frozen=True)
class Receiver:
    """The WAL receiver of a running standby (pg_stat_wal_receiver)."""

    status: str
    timeline: int | None
    sender_host: str | None
    sender_port: int | None


@dataclass(frozen=True)
class Server:
    """What a running server says about itself over its local socket."""

    version: int
    in_recovery: bool
    system_identifier: int
    timeline: int
    lsn: int
    settings: Mapping[str, str]
    senders: tuple[Sender, ...] = ()
    receiver: Receiver | None = None


@dataclass(frozen=True)
class Tablespace:
    """A link in pg_tblspc: its name, which is the tablespace's oid, and the path that it holds."""

    oid: int
    path: str


@dataclass(frozen=True)
class Journal:
    """What an earlier rejoin left beside the data directory.

    ``rewind_timeline`` is that of the source when a rewind began; ``saved`` whether all was saved that a rewind
    replaces; ``control_is_saved`` whether the control file is still the one saved then: pg_rewind writes it last.
    ``rewind_runs`` when a pg_rewind that an earlier run began was still at work as the look began: the rest may be old.
    ``swap_began`` when a new copy has begun to take the place of the data directory, and has not ended to; ``swapped``
    when it has, and was not started since.
    """

    directory: str
    rewind_began: bool = False
    rewind_timeline: int = 0
    saved: bool = False
    control_is_saved: bool = False
    rewind_runs: bool = False
    saved_standby_conf: str = ""
    swap_began: bool = False
    swapped: bool = False


@dataclass(frozen=True)
class Instance:
    """One data directory on one host, with its server if it runs.

    ``identity`` tells this directory from every other one, on whatever host. ``pid`` is the running postmaster's, None
    when it is down; ``strays`` are processes that live in the data directory without a postmaster. ``server`` is None
    when it is down or does not answer: then ``server_error`` says why. ``wal_end`` is the LSN after the last valid
    record, of an instance that is down. ``standby_conf`` is the file that says whom to follow: postgresql.auto.conf, or
    up to 11 recovery.conf, and recovery.done where there is none. ``triggers`` are files there that would promote a
    standby. ``options`` is its postmaster.opts. ``free_bytes`` is the space left.
    ``vacant`` is a directory that is missing or empty: then ``version`` is the one that it is to hold.
    ``replaceable`` is whether another directory can be put in the place of this one; ``writable`` whether its contents
    can be replaced; ``mounts`` are directories in it that are mount points. ``wal_link`` is where its
    pg_wal (pg_xlog) really lies when that is a symbolic link, else empty; ``wal_replaceable`` is whether another
    directory can be put in the place of that. ``tablespaces`` are those that lie elsewhere. ``machine`` tells its host
    from every other one.
    ``last_record`` is the last one of the WAL of an instance that is down.
    ``repairs`` are programs at work on its files that are no server, without pypcp's own; ``logical_slots`` are those
    in its files, ``unarchived`` the WAL segments that its archiver has still to take. ``managers`` are programs on its
    host that start and promote servers by themselves. ``fingerprint`` is another one as soon as its server was started
    or stopped, or anything else has written its control file.
    """

    host: str
    data_directory: str
    real_directory: str
    owner: str
    identity: str
    version: str
    bindir: str
    tools: frozenset[str]
    control: ControlData | None
    control_error: str
    files: frozenset[str]
    config_file: str
    settings: Mapping[str, str]
    standby_conf: str
    options: str
    histories: Mapping[int, str]
    wal_files: tuple[str, ...]
    wal_end: int | None
    pid: int | None
    strays: tuple[int, ...]
    server: Server | None
    server_error: str
    journal: Journal
    free_bytes: int
    port: int | None = None
    socket: str = ""
    replaceable: bool = False
    writable: bool = False
    mounts: tuple[str, ...] = ()
    vacant: bool = False
    wal_link: str = ""
    wal_replaceable: bool = False
    tablespaces: tuple[Tablespace, ...] = ()
    machine: str = ""
    triggers: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()
    last_record: Record | None = None
    fingerprint: str = ""
    repairs: tuple[str, ...] = ()
    logical_slots: tuple[str, ...] = ()
    unarchived: tuple[str, ...] = ()

    @property
    def era(self) -> Era:
        """What its version calls otherwise."""
        return era_of(self.version) or NEWEST

    @property
    def own_standby_conf(self) -> str:
        """Its own ``standby_conf``: the saved one once a rewind has begun, which brings the source's over."""
        has_begun = self.journal.rewind_began and self.journal.saved
        return self.journal.saved_standby_conf if has_begun else self.standby_conf

    @property
    def is_configured_outside(self) -> bool:
        """Whether its configuration file lies outside the data directory, as Debian's packages have it."""
        return not self.config_file.startswith((f"{self.data_directory}/", f"{self.real_directory}/"))

    @property
    def new_copy(self) -> str:
        """Where a copy is made that is to take its place."""
        return self.real_directory + (".pypcp-new" if self.replaceable else "/.pypcp-new")

    @property
    def end(self) -> int | None:
        """Where its WAL ends: of a running server as it says, which may move on; else as read from the files."""
        return self.server.lsn if self.pid and self.server else self.wal_end

    @property
    def timeline(self) -> int:
        """The timeline this instance is on: as the server says, else as the control file says."""
        if self.server:
            return self.server.timeline
        return self.control.last_timeline if self.control else 0

    def history(self) -> tuple[Stretch, ...]:
        """How its timeline came about. Raises ValueError when the history file is missing or unreadable."""
        from pypcp.postgres import timelines

        if self.timeline > 1 and self.timeline not in self.histories:
            raise ValueError(f"{self.host}: no history file of timeline {self.timeline} in {self.data_directory}")
        return timelines.history(self.timeline, self.histories.get(self.timeline, ""))
