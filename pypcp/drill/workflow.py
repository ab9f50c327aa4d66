"""A drill from beginning to end: look whether the pair is healthy, play the acts under clients, measure, read back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from types import ModuleType

from pypcp.drill.acts import ALL
from pypcp.drill.record import Act, Record, longest
from pypcp.drill.stage import Stage
from pypcp.errors import PypcpError, RefusedForSafety
from pypcp.status.facts import Facts
from pypcp.status.finding import Severity
from pypcp.status.findings import findings

Say = Callable[[str], None]


def check(facts: Facts) -> None:
    """Raises RefusedForSafety unless the pair is healthy: what is broken already cannot be tried."""
    problems = [found for found in findings(facts) if found.severity is not Severity.NOTE]
    attached = [node for node in facts.nodes or () if node.status.is_attached]
    said = [found.text for found in problems]
    if len(attached) < 2:
        said.append(f"{len(attached)} of its nodes are in service, two are needed")
    if said:
        raise RefusedForSafety(f"drill {facts.pgpool}", "; ".join(said), "Mend that first: pypcp status")


def acts(stage: Stage) -> list[ModuleType]:
    """The acts that this pair allows."""
    return [act for act in ALL if act.is_possible(stage)]


def play(name: str, stage: Stage, planned: Sequence[ModuleType], say: Say) -> Record:
    """Play the acts while the clients of ``stage`` are at work. What goes wrong ends it and stands in the record."""
    done: list[Act] = []
    trouble = ""
    when = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
    with stage.clients as clients:
        for act in planned:
            say(f"{act.TITLE} ...")
            began = clients.now()
            try:
                result = act.play(stage)
            except PypcpError as error:
                result, trouble = f"failed: {error.tried}: {error.said}", str(error)
            ended = clients.now()
            done.append(Act(act.KEY, act.TITLE, began, ended, result, 0.0, 0.0))
            say(f"    {result}")
            if trouble:
                break
        seconds = clients.now()
    missing: tuple[int, ...] = ()
    try:
        missing = clients.missing()
    except PypcpError as error:
        trouble = trouble or str(error)
    return Record(
        name=name,
        when=when,
        acts=tuple(_measured(act, clients.connections, clients.writes) for act in done),
        connections=tuple(clients.connections),
        writes=tuple(clients.writes),
        seconds=seconds,
        acknowledged=len(clients.acknowledged),
        missing=missing,
        trouble=trouble,
    )


def _measured(act: Act, connections: Sequence[float], writes: Sequence[float]) -> Act:
    return replace(
        act,
        no_connection=longest(connections, act.began, act.ended),
        no_write=longest(writes, act.began, act.ended),
    )
