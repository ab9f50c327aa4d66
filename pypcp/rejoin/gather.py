"""Gather the facts: pgpool over PCP, every instance on its host, all at once. Nothing is changed anywhere."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from pypcp.errors import ConnectionFailed, PypcpError
from pypcp.hosts.host import Host
from pypcp.postgres import timelines
from pypcp.postgres.look import NoDataDirectory, look, owner_to_be
from pypcp.rejoin.facts import Facts, NodeFacts, Request
from pypcp.rejoin.nodes import PoolNode, View
from pypcp.rejoin.questions import QUESTIONS, Ends, answered
from pypcp.rejoin.states import is_following

STRAYS_END = 10.0  # seconds; measured: gone 6 s after the postmaster was killed


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
    with ThreadPoolExecutor(max_workers=len(nodes) + len(QUESTIONS)) as workers:
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
        assert facts.source
        return answered(Ends(facts, hosts[node_id], hosts[facts.source.pool.id], former), workers)


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
