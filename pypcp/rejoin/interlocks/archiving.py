"""Before the target stops being a primary for good: what its archiver had still to do."""

from __future__ import annotations

from pypcp.postgres import lsn
from pypcp.rejoin.facts import Facts
from pypcp.rejoin.refusals import Refusal


def a_rewind_takes_nothing_from_the_archive(facts: Facts) -> Refusal | None:
    """It removes WAL that the primary has no more, whether it was archived or not."""
    return _unarchived(facts, ("on", "always"))


def a_standby_takes_nothing_from_the_archive(facts: Facts) -> Refusal | None:
    """With archive_mode ``on`` only a primary archives; and the new one takes what it got by streaming for archived."""
    return _unarchived(facts, ("on",))


def _unarchived(facts: Facts, modes: tuple[str, ...]) -> Refusal | None:
    target = facts.target.instance
    if not target or target.settings.get("archive_mode") not in modes or facts.request.discard_diverged:
        return None
    waiting = _shared(facts, target.unarchived)
    if not waiting:
        return None
    number = "1 WAL segment" if len(waiting) == 1 else f"{len(waiting)} WAL segments"
    return Refusal(
        "unarchived",
        f"{facts.target.pool.label} had still to archive {number}, from {waiting[0]} on; no other node will, and the "
        "archive would have a gap",
        f"Give them to the archive from {target.data_directory} on {target.host}, and remove their .ready files in "
        "archive_status. To go on without: --discard-diverged",
    )


def _shared(facts: Facts, segments: tuple[str, ...]) -> list[str]:
    """Those that end before the fork: the one with the fork in it is archived by the new primary, as its own."""
    target, fork = facts.target.instance, facts.fork
    assert target
    end = fork.lsn if fork and fork.lsn is not None else target.end
    if not target.control or end is None:
        return sorted(segments)
    limit = lsn.segment_name(0, end, target.control.segment_size)[8:]
    return sorted(name for name in segments if name[8:] < limit)
