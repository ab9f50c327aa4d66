"""What the hosts are asked a second time, once both ends were looked at: all at once, and nothing is changed.

Each question sees for itself whether it matters for these facts, and answers with the facts that it adds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from pypcp.hosts.host import Host
from pypcp.postgres import access, archive, divergence, losses, tablespaces, unit
from pypcp.postgres.contents import contents
from pypcp.postgres.divergence import Divergence
from pypcp.postgres.instance import Instance
from pypcp.rejoin.connections import rewind_candidates, stream_candidates, try_rewinding
from pypcp.rejoin.facts import Facts
from pypcp.rejoin.states import can_be_resumed, is_finished_rewind, went_its_own_way

Answer = dict[str, Any]


@dataclass(frozen=True)
class Ends:
    """Both ends, as the looks found them; where to ask more; and the facts that were gathered before, if any were.

    ``host`` is the target's, ``source_host`` the source's.
    """

    facts: Facts
    host: Host
    source_host: Host
    former: Facts | None = None

    @property
    def target(self) -> Instance:
        assert self.facts.target.instance
        return self.facts.target.instance

    @property
    def source(self) -> Instance:
        assert self.facts.source and self.facts.source.instance
        return self.facts.source.instance

    @property
    def has_data(self) -> bool:
        """Whether the target is stopped, and does not only wait for its start after a rewind."""
        return not (self.target.pid or self.target.vacant or is_finished_rewind(self.facts))

    @property
    def loses(self) -> bool:
        return self.has_data and went_its_own_way(self.facts) and not can_be_resumed(self.facts)

    @property
    def resumes(self) -> bool:
        return self.has_data and can_be_resumed(self.facts)

    @property
    def by_copy(self) -> bool:
        return self.facts.request.method == "basebackup"


def answered(ends: Ends, workers: Executor) -> Facts:
    """The facts with the answers to all questions."""
    answers = workers.map(lambda question: question(ends), QUESTIONS)
    return dataclasses.replace(ends.facts, **{name: value for answer in answers for name, value in answer.items()})


def _can_stream(ends: Ends) -> Answer:
    return {"streaming": access.try_streaming(ends.host, ends.target, stream_candidates(ends.facts))}


def _can_be_rewound(ends: Ends) -> Answer:
    if not (ends.loses or ends.resumes) or ends.by_copy:
        return {}
    return {"rewinding": try_rewinding(ends.host, ends.target, rewind_candidates(ends.facts))}


def _can_be_written(ends: Ends) -> Answer:
    if ends.target.pid or ends.target.vacant:
        return {}
    return {"target_files": contents(ends.host, ends.target, "writable")}


def _can_be_read(ends: Ends) -> Answer:
    copied = ends.target.vacant or (ends.by_copy and ends.has_data)
    if not (copied or ends.loses or ends.resumes):
        return {}
    return {"source_files": contents(ends.source_host, ends.source, "readable")}


def _has_the_same_record(ends: Ends) -> Answer:
    fork, last = ends.facts.fork, ends.target.last_record
    if not (fork and last and ends.has_data) or ends.loses:
        return {}
    return {"same_record": divergence.record_at(ends.source_host, ends.source, last.start, fork.timeline)}


def _would_lose(ends: Ends) -> Answer:
    fork = ends.facts.fork
    if not (fork and fork.lsn and ends.loses):
        return {}
    diverged = divergence.measure(ends.host, ends.target, fork.lsn)
    changed = None
    if diverged.commits.number:
        changed = losses.measure(ends.host, ends.target, diverged, ends.source_host, ends.source)
    return {"divergence": diverged, "archived": _archived(ends, diverged), "losses": changed}


def _archived(ends: Ends, diverged: Divergence) -> archive.Archived | None:
    """What of the WAL that must be read the archive has: to tell what would be lost, and for a rewind."""
    facts, former = ends.facts, ends.former
    if (diverged.counted or facts.request.discard_diverged) if ends.by_copy else not diverged.lacks_wal:
        return None
    if former and former.archived and former.divergence == diverged and former.request.method == facts.request.method:
        if former.target.instance and former.target.instance.wal_files == ends.target.wal_files:
            return former.archived
    return archive.restorable(ends.host, ends.target, diverged, for_rewind=not ends.by_copy)


def _is_taken(ends: Ends) -> Answer:
    """Whether another server answers where one is to be made."""
    pool = ends.facts.target.pool
    if not ends.target.vacant:
        return {}
    return {"is_taken": access.is_anybody_there(ends.host, ends.target, pool.hostname, pool.port)}


def _has_places(ends: Ends) -> Answer:
    """For the source's tablespaces."""
    if not ends.source.tablespaces or ends.target.pid:
        return {}
    paths = [each.path for each in ends.source.tablespaces]
    return {"places": tablespaces.places(ends.host, ends.target, paths)}


def _has_units(ends: Ends) -> Answer:
    """The unit that the operator names, if that can be the name of one, or those of the usual names."""
    return {"units": unit.units_for(ends.host, ends.target, ends.facts.request.service)}


QUESTIONS: tuple[Callable[[Ends], Answer], ...] = (
    _would_lose,
    _can_be_rewound,
    _can_stream,
    _can_be_read,
    _can_be_written,
    _has_the_same_record,
    _is_taken,
    _has_places,
    _has_units,
)
