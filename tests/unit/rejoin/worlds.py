"""Made-up states of a cluster: one ordinary pair to start from, and worlds at random in which every fact is bent."""

from __future__ import annotations

import dataclasses
from random import Random
from typing import Any

from pypcp.postgres.access import Attempt
from pypcp.postgres.archive import Archived
from pypcp.postgres.controldata import ControlData
from pypcp.postgres.divergence import Divergence
from pypcp.postgres.eras import REWIND_FUNCTIONS
from pypcp.postgres.instance import Instance, Journal, Receiver, Sender, Server
from pypcp.postgres.timelines import Fork
from pypcp.postgres.waldump import Commits
from pypcp.rejoin.facts import Facts, NodeFacts, Request
from pypcp.rejoin.nodes import PoolNode

SEGMENT = 16 << 20
FORK = 3 * SEGMENT + 0x1000
TOOLS = frozenset({"pg_basebackup", "pg_ctl", "psql", "pg_waldump", "pg_rewind", "setsid", "flock"})
SETTINGS = {"full_page_writes": "on", "data_checksums": "off", "primary_conninfo": "host=ser user=repl"}
CONTROL = ControlData(
    system_identifier=7,
    state="shut down",
    checkpoint=FORK,
    redo=FORK,
    timeline=1,
    minimum_recovery=0,
    minimum_recovery_timeline=0,
    log_hints=True,
    checksums=False,
    segment_size=SEGMENT,
)
SERVER = Server(
    version=150000,
    in_recovery=False,
    system_identifier=7,
    timeline=2,
    lsn=FORK + 0x5000,
    settings=SETTINGS,
)
TARGET = Instance(
    host="ser",
    data_directory="/data",
    real_directory="/data",
    owner="postgres",
    identity="ser 1:2",
    version="15",
    bindir="/bin",
    tools=TOOLS,
    control=CONTROL,
    control_error="",
    files=frozenset({"PG_VERSION", "pg_wal"}),
    config_file="/data/postgresql.conf",
    settings={"port": "5432"},
    standby_conf="",
    options="",
    histories={},
    wal_files=(),
    wal_end=FORK,
    pid=None,
    strays=(),
    server=None,
    server_error="",
    journal=Journal("/.pypcp-data"),
    free_bytes=1 << 40,
    replaceable=True,
)
SOURCE = dataclasses.replace(
    TARGET, host="bak", identity="bak 1:2", pid=1, server=SERVER, port=5432, wal_end=None, settings=SETTINGS,
    histories={2: "1\t0/3001000\tno recovery target specified\n"},
)  # fmt: skip
STREAM = Attempt({"host": "bak", "user": "repl"}, "", 7)
STOPPED = Facts(
    request=Request(),
    target=NodeFacts(PoolNode(0, "ser", 5432, "down", "standby", "/data"), TARGET),
    others=(NodeFacts(PoolNode(1, "bak", 5432, "up", "primary", "/data"), SOURCE),),
    fork=Fork(1, FORK),
    streaming=(STREAM,),
    rewinding=(Attempt({"host": "bak", "user": "postgres"}, ""),),
)
DIVERGENCE = Divergence(FORK, FORK + 0x2000, Commits(0, None, None), FORK - 0x500, (), False)


def diverged(facts: Facts = STOPPED) -> Facts:
    """The target has WAL past the fork, without a commit in it."""
    return dataclasses.replace(with_target(facts, wal_end=FORK + 0x2000), divergence=DIVERGENCE)


ARCHIVED = Archived(("000000010000000000000002", "000000010000000000000001"))


def archived(found: Archived = ARCHIVED, facts: Facts = STOPPED) -> Facts:
    """The last common checkpoint is not in its WAL any more, but can be restored."""
    return dataclasses.replace(
        diverged(facts), divergence=dataclasses.replace(DIVERGENCE, redo=None, counted=False), archived=found
    )


def streaming() -> Facts:
    """The target runs and follows the source; pgpool has it down."""
    receiver = Receiver("streaming", 2, "bak", 5432)
    server = dataclasses.replace(SERVER, in_recovery=True, receiver=receiver)
    facts = with_target(STOPPED, pid=5, server=server, port=5432, wal_end=None)
    return with_source_server(facts, senders=(Sender("ser", "10.0.0.1", "streaming", FORK),))


def with_target(facts: Facts, **changes: Any) -> Facts:
    """The same with other facts about the target's instance."""
    assert facts.target.instance
    instance = dataclasses.replace(facts.target.instance, **changes)
    return dataclasses.replace(facts, target=dataclasses.replace(facts.target, instance=instance))


def with_control(facts: Facts, **changes: Any) -> Facts:
    """The same with another control file of the target."""
    assert facts.target.instance and facts.target.instance.control
    return with_target(facts, control=dataclasses.replace(facts.target.instance.control, **changes))


def with_target_pool(facts: Facts, **changes: Any) -> Facts:
    """The same with another view of the target in pgpool."""
    pool = dataclasses.replace(facts.target.pool, **changes)
    return dataclasses.replace(facts, target=dataclasses.replace(facts.target, pool=pool))


def with_source(facts: Facts, **changes: Any) -> Facts:
    """The same with other facts about the first other node's instance."""
    first, *rest = facts.others
    assert first.instance
    instance = dataclasses.replace(first.instance, **changes)
    return dataclasses.replace(facts, others=(dataclasses.replace(first, instance=instance), *rest))


def with_source_server(facts: Facts, **changes: Any) -> Facts:
    """The same with another running server on the first other node."""
    instance = facts.others[0].instance
    assert instance and instance.server
    return with_source(facts, server=dataclasses.replace(instance.server, **changes))


def with_source_pool(facts: Facts, **changes: Any) -> Facts:
    """The same with another view of the first other node in pgpool."""
    first, *rest = facts.others
    pool = dataclasses.replace(first.pool, **changes)
    return dataclasses.replace(facts, others=(dataclasses.replace(first, pool=pool), *rest))


# --- everything at once -------------------------------------------------------------------------------------------


def anything(random: Random) -> Facts:
    """A cluster of two or three nodes in any state; most are refused, each for another mix of reasons."""
    return Facts(
        request=_request(random),
        target=_node(random, 0),
        others=tuple(_node(random, number) for number in range(1, random.choice([2, 3]))),
        fork=random.choice([Fork(1, FORK), Fork(1, FORK), Fork(1, None), None]),
        divergence=_divergence(random) if _mostly(random) else None,
        archived=random.choice([None, None, ARCHIVED, Archived(ARCHIVED.segments, "not all")]),
        streaming=tuple(_attempt(random) for _ in range(random.choice([0, 1, 2]))),
        rewinding=tuple(_attempt(random) for _ in range(random.choice([0, 1, 2]))),
    )


def nearly(random: Random) -> Facts:
    """An ordinary state in which a few facts were replaced by those of a state of any kind: most are decided."""
    world, other = random.choice([STOPPED, diverged(), archived(), streaming()]), anything(random)
    if random.random() < 0.5:
        name = random.choice(["request", "fork", "divergence", "archived", "streaming", "rewinding"])
        world = dataclasses.replace(world, **{name: getattr(other, name)})
    if other.target.instance:
        names = [field.name for field in dataclasses.fields(Instance) if field.name not in ("host", "identity")]
        for name in random.sample(names, random.choice([0, 1, 2])):
            world = with_target(world, **{name: getattr(other.target.instance, name)})
    if random.random() < 0.3:
        world = with_target_pool(world, status=other.target.pool.status, role=other.target.pool.role)
    if random.random() < 0.3 and other.others[0].instance and other.others[0].instance.server:
        world = with_source(world, server=other.others[0].instance.server)
    return world


def _request(random: Random) -> Request:
    method = random.choice(["auto", "auto", "basebackup", "start"])
    return Request(fence=random.random() < 0.5, discard_diverged=random.random() < 0.5, method=method)


def _mostly(random: Random) -> bool:
    """Yes nine times in ten, so that not every world is refused for the first reason."""
    return random.random() < 0.9


def _position(random: Random) -> int:
    return random.choice([FORK - 0x500, FORK, FORK + 0x78, FORK + 0x2000, FORK + 0x9000])


def _control(random: Random) -> ControlData:
    return dataclasses.replace(
        CONTROL,
        system_identifier=7 if _mostly(random) else 8,
        state=random.choice(["shut down", "in production", "shut down in recovery", "in archive recovery"]),
        timeline=random.choice([1, 1, 1, 2, 3]),
        minimum_recovery_timeline=random.choice([0, 1, 2]),
        log_hints=_mostly(random),
        checksums=random.random() < 0.5,
    )


def _server(random: Random) -> Server:
    receivers = [None, Receiver("streaming", 2, "bak", 5432), Receiver("waiting", None, None, None)]
    return dataclasses.replace(
        SERVER,
        in_recovery=random.random() < 0.5,
        system_identifier=7 if _mostly(random) else 8,
        timeline=random.choice([1, 2, 2, 3]),
        lsn=_position(random),
        settings={"full_page_writes": "on" if _mostly(random) else "off", "data_checksums": "on"},
        senders=random.choice([(), (Sender("ser", None, "streaming", FORK),)]),
        receiver=random.choice(receivers),
    )


def _instance(random: Random, host: str) -> Instance:
    """An instance in any state, possible or not."""
    running = random.random() < 0.5
    found = random.sample(["standby.signal", "recovery.signal", "backup_label"], random.choice([0, 1, 2]))
    return dataclasses.replace(
        TARGET,
        host=host,
        identity=f"{host} 1:2" if _mostly(random) else "same",
        version="15" if _mostly(random) else random.choice(["14", "11", ""]),
        bindir="/bin" if _mostly(random) else "",
        control=_control(random) if _mostly(random) else None,
        files=frozenset({"PG_VERSION", "pg_wal", *found}),
        pid=5 if running else None,
        port=5432 if running else None,
        server=_server(random) if running and _mostly(random) else None,
        strays=() if running or _mostly(random) else (9,),
        wal_end=None if running or not _mostly(random) else _position(random),
        tools=TOOLS if _mostly(random) else frozenset(),
        journal=_journal(random),
        free_bytes=1 << 40 if _mostly(random) else 0,
        vacant=not _mostly(random),
        replaceable=_mostly(random),
        writable=_mostly(random),
    )


def _journal(random: Random) -> Journal:
    began, saved, untouched, runs = (random.random() < share for share in (0.2, 0.5, 0.5, 0.1))
    swap_began, swapped = (random.random() < share for share in (0.1, 0.2))
    timeline = random.choice([2, 2, 3])
    return Journal("/s", began, timeline, saved, untouched, runs, swap_began=swap_began, swapped=swapped)


def _node(random: Random, number: int) -> NodeFacts:
    status, role = random.choice(["up", "down", "waiting", "quarantine"]), random.choice(["primary", "standby"])
    pool = PoolNode(number, f"h{number}", 5432, status, role, "/data")
    return NodeFacts(pool, _instance(random, f"h{number}") if _mostly(random) else None, "nobody answers")


def _attempt(random: Random) -> Attempt:
    return Attempt(
        {"host": "bak", "user": "repl"},
        "" if random.random() < 0.7 else "no entry in pg_hba.conf",
        7 if _mostly(random) else 8,
        () if random.random() < 0.7 else REWIND_FUNCTIONS[3:],
    )


def _divergence(random: Random) -> Divergence:
    return Divergence(
        fork=FORK,
        end=_position(random),
        commits=random.choice([Commits(0, None, None), Commits(3, "a", "b")]),
        redo=FORK - 0x500 if _mostly(random) else None,
        missing=() if _mostly(random) else ("........0000000000000003",),
        hints_came_late=not _mostly(random),
    )
