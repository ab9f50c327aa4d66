"""The PostgreSQLs: one primary, standbys that stream, and what a failover and a rejoin need of both."""

from __future__ import annotations

from collections.abc import Iterator

from pypcp.doctor.facts import Facts, Postgres
from pypcp.doctor.result import Result, judged, unknown, unseen
from pypcp.postgres.instance import NOT_LESS, Server

SENDERS_LEFT = 2  # for a rejoin's own connection, and for pg_basebackup
WAL_KEPT = 256  # megabytes


def _label(each: Postgres) -> str:
    return f"node {each.node} ({each.host})"


def _running(facts: Facts) -> Iterator[tuple[Postgres, Server]]:
    for each in facts.servers.values():
        if each.instance and each.instance.server:
            yield each, each.instance.server


def _unseen(facts: Facts) -> list[str]:
    return [_label(each) for each in facts.servers.values() if each.instance is None]


def runs(facts: Facts) -> Iterator[Result]:
    title = "PostgreSQL runs and answers"
    for each in facts.servers.values():
        if each.host in facts.unseen:
            yield from unseen("postgres-runs", title, [_label(each)])
            continue
        trouble = each.trouble
        if each.instance and each.instance.pid is None:
            trouble = "it does not run"
        elif each.instance and each.instance.server is None:
            trouble = each.instance.server_error
        yield judged(
            "postgres-runs", _label(each), title, trouble,
            "With one node down there is nothing left to fail over to.", f"pypcp rejoin {each.node}",
        )  # fmt: skip


def one_primary(facts: Facts) -> Iterator[Result]:
    title = "exactly one PostgreSQL is a primary"
    primaries = [_label(each) for each, server in _running(facts) if not server.in_recovery]
    unseen = [_label(each) for each in facts.servers.values() if _may_run(each)]
    if unseen and len(primaries) < 2:
        yield unknown("one-primary", "", title, f"{', '.join(unseen)} could not be asked")
        return
    said = "" if len(primaries) == 1 else f"{len(primaries)} are: {', '.join(primaries)}" if primaries else "none is"
    yield judged(
        "one-primary", "", title, said,
        "With two, what is written to one is missing on the other.", "pypcp status",
    )  # fmt: skip


def _may_run(each: Postgres) -> bool:
    """Whether it may be a primary without our knowing: not looked at, or running without an answer."""
    return each.instance is None or (each.instance.pid is not None and each.instance.server is None)


def streams(facts: Facts) -> Iterator[Result]:
    title = "the standby streams from the primary"
    primary = facts.primary()
    if primary:  # so the others should be standbys
        yield from unseen("streaming", title, _unseen(facts))
    for each, server in _running(facts):
        if not server.in_recovery:
            continue
        receiver = server.receiver
        trouble = "" if receiver and receiver.status == "streaming" else "it gets no WAL"
        if primary and primary.instance and primary.instance.server and not trouble:
            if server.timeline != primary.instance.server.timeline:
                trouble = f"it is on timeline {server.timeline}, the primary on {primary.instance.server.timeline}"
        yield judged(
            "streaming", _label(each), title, trouble,
            "What the primary commits now would be lost with it.", f"pypcp rejoin {each.node}",
        )  # fmt: skip


def hints(facts: Facts) -> Iterator[Result]:
    title = "wal_log_hints or data checksums are on"
    yield from unseen("wal-log-hints", title, _unseen(facts))
    for each, server in _running(facts):
        on = "on" in (server.settings.get("wal_log_hints"), server.settings.get("data_checksums"))
        yield judged(
            "wal-log-hints", _label(each), title, "" if on else "both are off",
            "Without them pg_rewind refuses, and a failed primary has to be copied anew.",
            "ALTER SYSTEM SET wal_log_hints = on; then restart it",
        )  # fmt: skip


def kept(facts: Facts) -> Iterator[Result]:
    title = "WAL is kept for a node that is away"
    yield from unseen("wal-kept", title, _unseen(facts))
    for each, server in _running(facts):
        setting, megabytes = _kept(each, server)
        archives = server.settings.get("archive_mode") in ("on", "always")
        said = f"{setting} keeps {megabytes} MB, and there is no archive"
        yield judged(
            "wal-kept", _label(each), title,
            "" if archives or megabytes >= WAL_KEPT else said,
            "A node that comes back later than that has to be copied anew.",
            f"ALTER SYSTEM SET {setting} to what is {WAL_KEPT} MB or more; then reload", warns=True,
        )  # fmt: skip


def _kept(each: Postgres, server: Server) -> tuple[str, int]:
    """The setting that keeps WAL, and how many megabytes: up to 12 it counts segments."""
    setting = next(
        (name for name in ("wal_keep_segments", "wal_keep_size") if name in server.settings), "wal_keep_size"
    )
    told = server.settings.get(setting, "")
    number = int(told) if told.isdigit() else 0
    if setting == "wal_keep_size":
        return setting, number
    segment = each.instance.control.segment_size if each.instance and each.instance.control else 16 << 20
    return setting, number * segment >> 20


def senders(facts: Facts) -> Iterator[Result]:
    title = "there is a WAL sender left for a rejoin"
    yield from unseen("wal-senders", title, _unseen(facts))
    for each, server in _running(facts):
        told = server.settings.get("max_wal_senders", "0")
        left = (int(told) if told.isdigit() else 0) - len(server.senders)
        yield judged(
            "wal-senders", _label(each), title,
            "" if left >= SENDERS_LEFT else f"max_wal_senders is {told}, {len(server.senders)} are in use",
            "A standby could not connect, nor a base backup be made.",
            "ALTER SYSTEM SET max_wal_senders = 10; then restart it",
        )  # fmt: skip


def alike(facts: Facts) -> Iterator[Result]:
    running = list(_running(facts))
    names = [
        name for name in NOT_LESS if name != "max_wal_senders" or all(server.version >= 120000 for _, server in running)
    ]
    for name in names:
        told = {_label(each): server.settings.get(name, "") for each, server in running}
        if len(told) < 2:
            continue
        said = ", ".join(f"{label}: {value}" for label, value in told.items())
        yield judged(
            "same-settings", name, f"{name} is the same everywhere", "" if len(set(told.values())) == 1 else said,
            "A standby with less than its primary does not start.",
            f"ALTER SYSTEM SET {name} to the larger value, on both",
        )  # fmt: skip


def replication(facts: Facts) -> Iterator[Result]:
    title = "it may stream, whichever is the primary"
    yield from unseen("replication-allowed", title, _unseen(facts))
    for each in facts.servers.values():
        for other, said in each.replicates.items():
            there = facts.servers[other]
            yield judged(
                "replication-allowed", f"{_label(each)} from {_label(there)}",
                title, said,
                "After a failover the roles are turned round: what worked one way must work the other.",
                f"Let it in by pg_hba.conf on {there.host}: host replication, the user, the address of {each.host}",
            )  # fmt: skip
        if each.instance and each.instance.server and not each.replicates and len(facts.servers) > 1:
            yield unknown("replication-allowed", _label(each), title, "no other node could be tried")


CHECKS = (runs, one_primary, streams, hints, kept, senders, alike, replication)
