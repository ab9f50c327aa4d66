"""What the source must still have for a standby that begins where the target is."""

from __future__ import annotations

from collections.abc import Collection

from pypcp.postgres.instance import Instance
from pypcp.postgres.lsn import segment_name, show
from pypcp.rejoin.facts import Facts
from pypcp.rejoin.refusals import BASEBACKUP, Refusal


def the_source_has_what_a_standby_asks_for(facts: Facts) -> Refusal | None:
    """From the end of its own WAL on. A standby that asks for WAL that is gone waits for it for ever."""
    target = facts.target.instance
    return _gone(facts, target.wal_end if target else None)


def the_source_has_what_a_rewound_node_replays(facts: Facts) -> Refusal | None:
    """From the last common checkpoint on: pg_rewind puts the source's WAL in the place of the target's.

    The target's own from before the fork it has itself: pg_rewind leaves it, or it is put back from what was saved.
    """
    target, divergence = facts.target.instance, facts.divergence
    if not (target and target.control and divergence):
        return None
    fork = segment_name(0, divergence.fork, target.control.segment_size)[8:]
    return _gone(facts, divergence.redo, {name[8:] for name in target.wal_files if name[8:] < fork})


def _gone(facts: Facts, begin: int | None, own: Collection[str] = ()) -> Refusal | None:
    target, source = facts.target.instance, facts.source.instance if facts.source else None
    if not (target and source) or begin is None or target.settings.get("restore_command"):
        return None
    missing = _first_missing(source, begin, own)
    if not missing:
        return None
    return Refusal(
        "source-wal-gone",
        f"{source.host} has no segment {missing} in {source.data_directory} any more, and {facts.target.pool.label} "
        f"needs its WAL from {show(begin)} on",
        f"If an archive has it, set {facts.target.pool.label}'s restore_command; else {BASEBACKUP}",
    )


def _first_missing(source: Instance, begin: int, own: Collection[str]) -> str:
    """The name, without a timeline, of the first segment that the source lacks up to where it writes; empty if none.

    ``own`` are those that the target has itself.
    """
    if not (source.wal_files and source.server and source.control):
        return ""
    size, files = source.control.segment_size, {name[8:] for name in source.wal_files}.union(own)
    needed = (segment_name(0, at, size)[8:] for at in range(begin - begin % size, source.server.lsn, size))
    return next((name for name in needed if name not in files), "")
