"""Everything that the metrics need of one cluster: a look as for status, and the statistics beside it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from pypcp.errors import ServerRefused
from pypcp.records import HealthCheckStats, Process
from pypcp.sql import conninfo
from pypcp.status import conversations
from pypcp.status.asking import Asking
from pypcp.status.facts import Facts, Source
from pypcp.status.gather import Place, look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pypcp.aio import AsyncClient
    from pypcp.sql import Way


@dataclass(frozen=True)
class Scrape:
    """What was told in ``seconds``. ``backend_stats`` and ``cache`` are rows of SHOW, empty where SQL is not asked."""

    name: str
    facts: Facts
    seconds: float
    processes: tuple[Process, ...] | None = None
    health: tuple[HealthCheckStats, ...] = ()
    backend_stats: tuple[dict[str, str], ...] = ()
    cache: dict[str, str] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()


def scrape(place: Place, deadline: float) -> Scrape:
    """Ask for all of it at once, in no more than ``deadline`` seconds. Raises nothing: the sources say what failed."""
    return conversations.run(collect(place, deadline))


async def collect(place: Place, deadline: float) -> Scrape:
    """What :func:`scrape` does, in the thread of all looks."""
    began = time.monotonic()
    end = began + deadline
    processes: Asking[list[Process]] = Asking("PCP processes", end)
    health: Asking[list[HealthCheckStats]] = Asking("PCP health check", end)
    facts = await look(place, deadline, ((processes, lambda pcp: pcp.proc_info()), (health, _health)))
    askings: list[Asking[Any]] = [processes, health]
    stats = cache = None
    if place.asks_sql and place.asks_pgpool and facts.settings:
        left = max(0.05, end - time.monotonic())
        where = place.sql or conninfo.of_pgpool(place.host, facts.settings)
        stats = Asking.started("SQL backend stats", end, lambda: _show(place.way, where, "pool_backend_stats", left))
        cache = Asking.started("SQL cache", end, lambda: _show(place.way, where, "pool_cache", left))
        askings += [stats, cache]
    told = await processes.result()
    return Scrape(
        name=place.name,
        facts=facts,
        processes=None if told is None else tuple(told),
        health=tuple(await health.result() or ()),
        backend_stats=tuple((await stats.result() if stats else None) or ()),
        cache=next(iter((await cache.result() if cache else None) or ()), {}),
        sources=(*facts.sources, *(asking.source() for asking in askings)),
        seconds=time.monotonic() - began,
    )


async def _health(pcp: AsyncClient) -> list[HealthCheckStats]:
    """The statistics of all nodes; none before 4.2, which does not know the question."""
    try:
        return [await pcp.health_check_stats(node_id) for node_id in range(await pcp.node_count())]
    except ServerRefused as refusal:
        if "unknown PCP packet type" in refusal.said:
            return []
        raise


def _show(way: Way, where: str, name: str, seconds: float) -> list[dict[str, str]]:
    """The rows; none where this version has no such command."""
    try:
        return way.show(where, name, seconds)
    except ServerRefused as refusal:
        if "unrecognized" in refusal.message or "unrecognized" in refusal.said:
            return []
        raise
