"""Gather the facts: pgpool over PCP, every instance on its host, all at once. Nothing is changed anywhere."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from pypcp.errors import ConnectionFailed, PypcpError
from pypcp.hosts.host import Host
from pypcp.postgres import access, archive, conninfo, divergence, losses, pgpass, timelines, unit
from pypcp.postgres.contents import Contents, contents
from pypcp.postgres.divergence import Divergence
from pypcp.postgres.instance import Instance
from pypcp.postgres.look import NoDataDirectory, look, owner_to_be
from pypcp.postgres.tablespaces import places
from pypcp.rejoin.facts import Facts, NodeFacts, Request
from pypcp.rejoin.nodes import PoolNode, View
from pypcp.rejoin.states import can_be_resumed, is_finished_rewind, is_following, went_its_own_way

QUESTIONS = 5  # that are asked at once beside or after the looks, so that none waits for another
STRAYS_END = 10.0  # seconds; measured: gone 6 s after the postmaster was killed
# What a node's own connection string says about its place, which is not the source's.
_OWN_PLACE = ("host", "hostaddr", "port", "application_name", "dbname", "replication")


class Pgpool(Protocol):
    """What is asked of pgpool and done through it."""

    def nodes(self) -> list[PoolNode]:
        """All nodes as pgpool sees them now."""
        ...

    def status(self, node_id: int) -> str:
        """Its word for the status of the node now."""
        ...

    def views(self) -> list[View]:
        """The same of each other pgpool that can be asked."""
        ...

    def attach(self, node_id: int) -> None:
        """Ask pgpool to attach the node."""
        ...

    def detach(self, node_id: int) -> None:
        """Ask pgpool to detach the node."""
        ...


HostOf = Callable[[PoolNode], Host]


def gather(
    pgpool: Pgpool, host_of: HostOf, node_id: int, request: Request, bindir: str = "", former: Facts | None = None
) -> Facts:
    """The facts about rejoining node ``node_id``. A host that cannot be reached is a fact too, not an error.

    ``former`` are those that were gathered before: what the archive has is not tried again where nothing has changed.

    Raises what the PCP client raises when pgpool cannot be asked, and WrongUsage for an impossible hostname.
    """
    nodes = pgpool.nodes()
    with ThreadPoolExecutor(max_workers=len(nodes) + QUESTIONS) as workers:
        hosts = {node.id: host_of(node) for node in nodes}
        views = workers.submit(pgpool.views)
        looked = list(workers.map(lambda node: _look(node, hosts[node.id], bindir), nodes))
        target = next(each for each in looked if each.pool.id == node_id)
        target = _after_its_strays(target, hosts[node_id], bindir)
        others = tuple(each for each in looked if each.pool.id != node_id)
        facts = Facts(request, target, others, views=tuple(views.result()))
        facts = _with_fork(_with_vacancy(facts, hosts[node_id], bindir))
        if not _is_comparable(facts) or is_following(facts):
            return facts
        units = workers.submit(_units, facts, hosts[node_id])
        facts = _with_places(facts, hosts[node_id])
        assert facts.source
        facts = _with_connections(facts, hosts[node_id], hosts[facts.source.pool.id], workers, former)
        return dataclasses.replace(facts, units=units.result())


def _units(facts: Facts, host: Host) -> tuple[unit.Unit, ...]:
    """The unit that the operator names, if that can be the name of one, or those of the usual names."""
    assert facts.target.instance
    if asked := facts.request.service:
        return unit.units(host, [asked], asked=True) if unit.NAME.match(asked) else ()
    return unit.units(host, unit.usual_names(facts.target.instance), asked=False)


def _with_connections(
    facts: Facts, host: Host, source: Host, workers: ThreadPoolExecutor, former: Facts | None
) -> Facts:
    """The facts that the hosts are asked a second time for: what can connect, what differs, what would be lost."""
    instance, fork = facts.target.instance, facts.fork
    assert instance and facts.source and facts.source.instance
    candidates = stream_candidates(facts)
    streaming = workers.submit(access.try_streaming, host, instance, candidates)
    if instance.pid:
        return dataclasses.replace(facts, streaming=streaming.result())
    if instance.vacant:
        pool = facts.target.pool
        taken = workers.submit(access.is_anybody_there, host, instance, pool.hostname, pool.port)
        files = contents(source, facts.source.instance, "readable")
        return dataclasses.replace(facts, streaming=streaming.result(), source_files=files, is_taken=taken.result())
    target_files = workers.submit(contents, host, instance, "writable")
    if is_finished_rewind(facts):
        return dataclasses.replace(facts, streaming=streaming.result(), target_files=target_files.result())
    loses = went_its_own_way(facts) and not can_be_resumed(facts) and fork and fork.lsn is not None
    last = instance.last_record if fork and not loses else None
    asked = (source, facts.source.instance, last.start, fork.timeline) if last and fork else None
    record = workers.submit(divergence.record_at, *asked) if asked else None
    lost = workers.submit(divergence.measure, host, instance, fork.lsn) if loses and fork and fork.lsn else None
    rewinding: tuple[access.Attempt, ...] = ()
    by_copy, by_rewind = facts.request.method == "basebackup", loses or can_be_resumed(facts)
    source_files = workers.submit(contents, source, facts.source.instance, "readable") if by_copy or by_rewind else None
    if by_rewind and not by_copy:
        rewinding = _try_rewinding(host, instance, _rewind_candidates(facts, candidates))
    diverged = lost.result() if lost else None
    changed = None
    if diverged and diverged.commits.number:
        changed = losses.measure(host, instance, diverged, source, facts.source.instance)
    return dataclasses.replace(
        facts,
        streaming=streaming.result(),
        rewinding=rewinding,
        divergence=diverged,
        archived=_archived(facts, host, diverged, former) if diverged else None,
        losses=changed,
        same_record=record.result() if record else None,
        target_files=target_files.result(),
        source_files=source_files.result() if source_files else Contents(),
    )


def _archived(facts: Facts, host: Host, diverged: Divergence, former: Facts | None) -> archive.Archived | None:
    """What of the WAL that must be read the archive has: to tell what would be lost, and for a rewind."""
    target, by_copy = facts.target.instance, facts.request.method == "basebackup"
    assert target
    is_known = (diverged.counted or facts.request.discard_diverged) if by_copy else not diverged.lacks_wal
    if is_known:
        return None
    if former and former.archived and former.divergence == diverged and former.request.method == facts.request.method:
        if former.target.instance and former.target.instance.wal_files == target.wal_files:
            return former.archived
    return archive.restorable(host, target, diverged, for_rewind=not by_copy)


def _try_rewinding(host: Host, node: Instance, candidates: list[Mapping[str, str]]) -> tuple[access.Attempt, ...]:
    """Each candidate with the passwords of the server's owner; where none serves, with the operator's own on that host.

    A password found there is used for the rewind alone, and written nowhere.
    """
    tried = access.try_rewinding(host, node, candidates)
    if not candidates or any(not attempt.trouble for attempt in tried):
        return tried
    lines = pgpass.own_lines(host, node.owner)
    refused = [attempt.values for attempt in tried if not attempt.missing]
    found = [(each, pgpass.password(lines, each)) for each in refused]
    known = [{**each, "password": password} for each, password in found if password is not None]
    return tried + access.try_rewinding(host, node, known)


def _look(node: PoolNode, host: Host, bindir: str) -> NodeFacts:
    directory = node.data_directory.rstrip("/")
    if not directory.startswith("/"):
        return NodeFacts(node, None, f"pgpool names no data directory for it: {node.data_directory!r}")
    try:
        return NodeFacts(node, look(host, directory, bindir))
    except NoDataDirectory as why:
        return NodeFacts(node, None, f"{why.tried}: {why.said}", missing=True)
    except ConnectionFailed as why:
        return NodeFacts(node, None, f"{why.tried}: {why.said}", unreachable=True)
    except PypcpError as why:
        return NodeFacts(node, None, f"{why.tried}: {why.said}")


def _after_its_strays(target: NodeFacts, host: Host, bindir: str) -> NodeFacts:
    """The target once more when backends have outlived its postmaster: as a rule they end within some seconds."""
    end = time.monotonic() + STRAYS_END
    while target.instance and target.instance.strays and time.monotonic() < end:
        time.sleep(0.2)
        target = _look(target.pool, host, bindir)
    return target


def _with_vacancy(facts: Facts, host: Host, bindir: str) -> Facts:
    """A target whose directory is missing or empty, looked at as what the source's copy would make of it."""
    target, source = facts.target, facts.source
    vacant = target.missing or (target.instance and target.instance.vacant)
    if not vacant or not (source and source.instance):
        return facts
    directory = target.pool.data_directory.rstrip("/")
    try:
        owner = owner_to_be(host, directory, facts.request.owner)
        instance = look(host, directory, bindir, version=source.instance.version, as_user=owner)
    except PypcpError as why:
        said = f"{target.trouble or f'{directory} is empty'}; nor can one be made there: {why.said}"
        return dataclasses.replace(facts, target=NodeFacts(target.pool, None, said, missing=True))
    return dataclasses.replace(facts, target=NodeFacts(target.pool, instance))


def _with_places(facts: Facts, host: Host) -> Facts:
    source, target = facts.source, facts.target.instance
    if not (source and source.instance and source.instance.tablespaces and target) or target.pid:
        return facts
    return dataclasses.replace(facts, places=places(host, target, [each.path for each in source.instance.tablespaces]))


def _with_fork(facts: Facts) -> Facts:
    source, target = facts.source, facts.target.instance
    if not (source and source.instance and target and target.control):
        return facts
    try:
        fork = timelines.fork(target.history(), source.instance.history())
    except ValueError as why:
        return dataclasses.replace(facts, history_trouble=str(why))
    return dataclasses.replace(facts, fork=fork)


def _is_comparable(facts: Facts) -> bool:
    """Whether it makes sense to ask more: both ends were seen, and can be asked."""
    target = facts.target.instance
    return bool(facts.source and target and target.bindir)


def stream_candidates(facts: Facts) -> list[dict[str, str]]:
    """Connection strings to the source, without a place of their own: as it once followed us, as we followed it."""
    source, target = facts.source, facts.target
    assert source and source.instance and target.instance
    former = [_former(source.instance), _former(target.instance)]
    if user := facts.request.replication_user:
        former = [{**each, "user": user} for each in former if each.get("user") == user] + [{"user": user}]
    name = _former(target.instance, whole=True).get("application_name") or target.pool.application_name
    place = {"host": source.pool.hostname or source.instance.socket, "port": str(source.pool.port)}
    unique: list[dict[str, str]] = []
    for each in former:
        if not each.get("user"):
            continue
        values = {**place, **each, **({"application_name": name} if name else {})}
        if values not in unique:
            unique.append(values)
    return unique


def _former(instance: Instance, whole: bool = False) -> dict[str, str]:
    """The primary_conninfo that an instance has or had, without the place that it led to."""
    try:
        values = conninfo.parse(instance.settings.get("primary_conninfo", ""))
    except ValueError:
        return {}
    return values if whole else {name: value for name, value in values.items() if name not in _OWN_PLACE}


def _rewind_candidates(facts: Facts, streaming: list[dict[str, str]]) -> list[Mapping[str, str]]:
    """The same connections as an ordinary user: as asked, as the replication user, as postgres."""
    users = [facts.request.rewind_user] if facts.request.rewind_user else [None, "postgres"]
    found: list[Mapping[str, str]] = []
    for user in users:
        for each in streaming[:1]:
            values = {name: value for name, value in each.items() if name != "application_name"}
            if user and user != values["user"]:
                values.pop("password", None)
                values["user"] = user
            values["dbname"] = "postgres"
            if values not in found:
                found.append(values)
    return found
