"""Look at a cluster: every source at once, each with the same deadline, and none waits for another that is silent."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from datetime import datetime, timezone

from pypcp import aio, pool_nodes
from pypcp.errors import AuthenticationFailed, ConnectionFailed, PypcpError, ServerRefused
from pypcp.records import Node, NodeRole, NodeStatus
from pypcp.sql import conninfo, session
from pypcp.status import conversations, delegate, postgres
from pypcp.status.asking import Asking
from pypcp.status.facts import DELEGATE, NODES, POOL, SQL, WATCHDOG, Facts, Server, server_source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from typing import Any

    from pypcp.aio import AsyncClient
    from pypcp.client import Client
    from pypcp.records import Watchdog
    from pypcp.sql import Way

    Step = tuple[Asking[Any], Callable[[AsyncClient], Awaitable[Any]]]


DEADLINE = 5.0  # seconds for each source


@dataclass(frozen=True)
class Place:
    """A cluster to look at: ``connect`` makes a PCP client with the given deadline in seconds.

    ``host`` is where pgpool is, None for this machine. ``sql`` is libpq's connection string for it, None for what its
    settings say. ``asks_sql`` is False where only PCP is wanted; ``asks_pgpool`` where SQL goes to the PostgreSQLs
    alone: a session of pgpool takes a slot of the pool, and turns `waiting` into `up`. ``way`` is how SQL is asked:
    through psycopg or psql.
    """

    name: str
    host: str | None
    connect: Callable[[float], Client]
    sql: str | None = None
    asks_sql: bool = True
    asks_pgpool: bool = True
    way: Way = session


def gather(place: Place, deadline: float = DEADLINE, also: Sequence[Step] = ()) -> Facts:
    """One look, in no more than ``deadline`` seconds, whatever hangs. Raises nothing: the facts say what failed.

    ``also`` are further questions for the one PCP connection that is used.
    """
    prepare([place])
    return conversations.run(look(place, deadline, also))


def gather_all(places: Sequence[Place], deadline: float = DEADLINE) -> list[Facts]:
    """A look at each, all at once."""
    prepare(places)
    return conversations.run(conversations.together(look(place, deadline) for place in places))


def prepare(places: Sequence[Place]) -> None:
    """Import what is needed, before threads import parts of it in each other's way."""
    if any(place.asks_sql and place.way is session for place in places):
        import psycopg  # noqa: F401


async def look(place: Place, deadline: float, also: Sequence[Step] = ()) -> Facts:
    """What :func:`gather` does, in the thread of all looks."""
    end = time.monotonic() + deadline
    settings: Asking[dict[str, str]] = Asking(POOL, end)
    nodes: Asking[list[Node]] = Asking(NODES, end)
    watchdog: Asking[Watchdog | None] = Asking(WATCHDOG, end)
    # The nodes last: pgpool asks every PostgreSQL for them, and waits for one that hangs.
    steps: list[Step] = [(settings, _settings), (watchdog, _watchdog), *also, (nodes, lambda pcp: pcp.node_infos())]
    conversations.begin(_talk(place, deadline, steps), deadline)
    told = await settings.result(0.5 if _can_ask(place) else 1.0) or await _settings_over_sql(place, end)
    by_sql, servers = _ask_over_sql(place, told, end) if place.asks_sql and (told or place.sql) else (None, {})
    addresses = {node_id: _resolved(told[f"backend_hostname{node_id}"], end) for node_id in servers}
    holder = await _ask_for_holder(place, watchdog, end)
    version, from_sql = (await by_sql.result() if by_sql else None) or (None, None)
    found = {node_id: await asking.result() for node_id, asking in servers.items()}
    known = await nodes.result()
    others = [asking for asking in (by_sql, holder) if asking]
    askings: list[Asking[Any]] = [nodes, settings, watchdog, *others, *servers.values()]
    members = await watchdog.result()
    return Facts(
        pgpool=place.name,
        moment=datetime.now(timezone.utc),
        nodes=tuple(known if known is not None else _from_memory(told)) or None,
        nodes_are_from_memory=known is None,
        pool_nodes=tuple(from_sql) if from_sql else None,
        settings=told,
        version=version,
        watchdog=members,
        delegate_ip=delegate.address(members) if members else None,
        delegate_holder=await holder.result() if holder else None,
        servers={node_id: server for node_id, server in found.items() if server},
        addresses={node_id: await asking.result() or () for node_id, asking in addresses.items()},
        sources=tuple(asking.source() for asking in askings),
    )


def _can_ask(place: Place) -> bool:
    """Whether pgpool is reached over SQL without being asked for its port first."""
    return place.sql is not None and place.asks_sql and place.asks_pgpool


async def _settings_over_sql(place: Place, end: float) -> dict[str, str]:
    """The same settings, where PCP does not tell them: SQL may still be let in."""
    where = place.sql
    if not where or not _can_ask(place):
        return {}
    asking = Asking.started("SQL settings", end, lambda: place.way.show(where, "pool_status", _left(end)))
    return {row["item"]: row.get("value", "") for row in await asking.result() or () if "item" in row}


async def _talk(place: Place, deadline: float, steps: Sequence[Step]) -> None:
    """One burst on one connection; when it cannot be had, that is the answer to all."""
    async with aio.alike(place.connect(deadline)) as pcp:
        error: PypcpError | None = None
        for asking, ask in steps:
            hopeless = error if isinstance(error, (ConnectionFailed, AuthenticationFailed)) else None
            error = await asking.wait(_answer(ask, pcp, hopeless))


async def _answer(ask: Callable[[AsyncClient], Awaitable[Any]], pcp: AsyncClient, hopeless: PypcpError | None) -> Any:
    if hopeless:
        raise hopeless
    return await ask(pcp)


def _ask_over_sql(
    place: Place, told: dict[str, str], end: float
) -> tuple[Asking[tuple[str | None, list[Node]]] | None, dict[int, Asking[Server]]]:
    by_sql = Asking.started(SQL, end, lambda: _by_sql(place, told, _left(end))) if place.asks_pgpool else None
    return by_sql, {node_id: _ask_server(place, told, node_id, end) for node_id in _ids(told)}


def _left(end: float) -> float:
    return max(0.05, end - time.monotonic())


async def _settings(client: AsyncClient) -> dict[str, str]:
    return {setting.name: setting.value for setting in await client.pool_status()}


async def _watchdog(client: AsyncClient) -> Watchdog | None:
    try:
        return await client.watchdog_info()
    except ServerRefused as refusal:
        if "not enabled" in refusal.said or "watchdog info failed" in refusal.said:
            return None
        raise


async def _ask_for_holder(place: Place, watchdog: Asking[Watchdog | None], end: float) -> Asking[str] | None:
    """Who has the delegate IP, where there is one."""
    members = await watchdog.result()
    at = delegate.address(members) if members else None
    if not members or not at:
        return None
    end = min(end, time.monotonic() + delegate.DEADLINE)
    return Asking.started(DELEGATE, end, lambda: delegate.holder(members, at, place.connect, _left(end)))


def _by_sql(place: Place, settings: Mapping[str, str], seconds: float) -> tuple[str | None, list[Node]]:
    where = place.sql or conninfo.of_pgpool(place.host, settings)
    rows = place.way.show(where, "pool_nodes", seconds)
    version = place.way.show(where, "pool_version", seconds)
    return (version[0].get("pool_version") if version else None), pool_nodes.nodes(rows)


def _ask_server(place: Place, settings: Mapping[str, str], node_id: int, end: float) -> Asking[Server]:
    host, port = (
        settings[f"backend_hostname{node_id}"] or place.host or "localhost",
        settings.get(f"backend_port{node_id}", "5432"),
    )
    where = conninfo.redirected(place.sql or conninfo.of_pgpool(place.host, settings), host, port)
    return Asking.started(server_source(node_id), end, lambda: postgres.look(where, _left(end), place.way))


def _ids(settings: Mapping[str, str]) -> list[int]:
    names = (name.removeprefix("backend_hostname") for name in settings if name.startswith("backend_hostname"))
    return sorted(int(number) for number in names if number.isdecimal())


def _resolved(host: str, end: float) -> Asking[tuple[str, ...]]:
    def resolve() -> tuple[str, ...]:
        if not host or host.startswith("/"):
            return ()
        try:
            return tuple(sorted({str(found[4][0]) for found in socket.getaddrinfo(host, None)}))
        except (OSError, UnicodeError):
            return ()

    return Asking.started(f"name {host}", end, resolve)


_WORDS = {"unused": (0, NodeStatus.INITIALIZING), "waiting": (1, NodeStatus.WAITING), "up": (2, NodeStatus.UP)}
_WORDS |= {"down": (3, NodeStatus.DOWN), "quarantine": (3, NodeStatus.QUARANTINE)}


def _from_memory(settings: Mapping[str, str]) -> list[Node]:
    """The nodes as the settings tell them: pgpool answers that from memory, even while a PostgreSQL hangs."""
    nodes = []
    for node_id in _ids(settings):
        port = settings.get(f"backend_port{node_id}", "")
        code, status = _WORDS.get(settings.get(f"backend_status{node_id}", ""), (-1, NodeStatus.UNKNOWN))
        nodes.append(
            Node(
                id=node_id,
                hostname=settings[f"backend_hostname{node_id}"],
                port=int(port) if port.isdecimal() else 0,
                status=status,
                status_code=code,
                role=None if code < 0 else NodeRole.UNKNOWN,
            )
        )
    return nodes
