"""Before a rewind: what pg_rewind needs, and what it would destroy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pypcp.postgres.access import Attempt
from pypcp.postgres.eras import SUPERUSER
from pypcp.postgres.instance import Instance
from pypcp.postgres.lsn import show
from pypcp.rejoin.facts import Facts
from pypcp.rejoin.refusals import BASEBACKUP, Refusal
from pypcp.rejoin.states import is_crashed


def hints_or_checksums_were_on(facts: Facts) -> Refusal | None:
    """Without them a rewind leaves changed blocks behind; switched on afterwards, it does so silently."""
    target, source = facts.target.instance, facts.source
    if not (target and target.control and source and source.instance and source.instance.server):
        return None
    away = f"A rewind would give wrong data without a word, and enabling them now does not help: {BASEBACKUP}"
    if not target.control.log_hints and not target.control.checksums:
        return Refusal("no-hints", f"{facts.target.pool.label} ran with neither wal_log_hints nor data checksums", away)
    if target.control.checksums and source.instance.server.settings.get("data_checksums") != "on":
        return Refusal(
            "checksums-came-late",
            f"{facts.target.pool.label} has data checksums, {source.pool.label} has not: they were enabled later",
            away,
        )
    if facts.divergence and facts.divergence.hints_came_late and not target.control.checksums:
        return Refusal(
            "hints-came-late",
            f"{facts.target.pool.label} was restarted with other settings after the fork, and wal_log_hints may have "
            "been off until then",
            away,
        )
    return None


def source_writes_full_pages(facts: Facts) -> Refusal | None:
    """pg_rewind refuses otherwise; the setting is the source's."""
    source = facts.source
    if not (source and source.instance and source.instance.server):
        return None
    if source.instance.server.settings.get("full_page_writes") == "on":
        return None
    return Refusal(
        "full-page-writes",
        f"full_page_writes is off on the primary {source.pool.label}",
        "Switch it on there, reload, and run this again.",
    )


def wal_for_the_rewind_is_there(facts: Facts) -> Refusal | None:
    """From the last common checkpoint to the end, on the target."""
    divergence, target = facts.divergence, facts.target.instance
    if not target:
        return None
    if divergence and divergence.redo is not None and not divergence.missing and divergence.readable:
        return None
    what = "the last common checkpoint"
    if divergence and divergence.redo is not None:
        what = f"segments {', '.join(divergence.missing)}" if divergence.missing else "all of what follows the fork"
    archived = f", nor does its archive help: {facts.archived.trouble}" if facts.archived else ""
    return Refusal(
        "wal-missing",
        f"{what} cannot be found in the WAL of {target.data_directory} on {target.host}{archived}",
        f"Bring the segments back from the archive into its pg_wal; else {BASEBACKUP}",
    )


def there_is_room_for_the_archives_wal(facts: Facts) -> Refusal | None:
    """It comes back into pg_wal, and is saved with the rest before the rewind."""
    target, archived = facts.target.instance, facts.archived
    if not (target and target.control and archived):
        return None
    needed = (2 * len(archived.segments) + 4) * target.control.segment_size
    if target.free_bytes > needed:
        return None
    return Refusal(
        "no-room",
        f"{target.host} has {target.free_bytes >> 20} MB free for {target.data_directory} and "
        f"{target.journal.directory}, not {needed >> 20} MB: {len(archived.segments)} WAL segments are to come back "
        "from its archive, and to be saved",
        "Make room there.",
    )


def target_can_be_rewound(facts: Facts) -> Refusal | None:
    """All four functions: with three of them pg_rewind destroys files and then fails. Up to 10, a superuser."""
    source = facts.source
    if not (source and facts.target.instance and facts.target.instance.bindir) or facts.rewind:
        return None
    return Refusal(
        "cannot-rewind",
        f"no user can rewind {facts.target.pool.label} from {source.pool.label}: "
        f"{_tried(facts.rewinding) or 'there is no user to try'}",
        "\n".join(_remedies(facts.rewinding, source.pool.label, facts.target.instance)),
    )


def _tried(attempts: Sequence[Attempt]) -> str:
    """Each user with what came of it; the same answer to another password is told once."""
    told = (f"as {attempt.values.get('user', 'nobody')}: {attempt.trouble}" for attempt in attempts)
    return "; ".join(dict.fromkeys(told))


def _remedies(attempts: Sequence[Attempt], source: str, target: Instance) -> Iterator[str]:
    """What would let somebody rewind, a line each; those of SQL can be pasted."""
    lacking = [attempt for attempt in attempts if attempt.missing]
    if lacking:
        user = lacking[0].values.get("user", "").replace('"', '""')
        yield "On the primary, in database postgres:"
        for name in dict.fromkeys(name for attempt in lacking for name in attempt.missing):
            grant = f'GRANT EXECUTE ON FUNCTION pg_catalog.{name} TO "{user}";'
            yield f'  ALTER ROLE "{user}" SUPERUSER;' if name == SUPERUSER else f"  {grant}"
        yield "Or name another user: --rewind-user"
        return
    if attempts:
        yield (
            f"It needs a line for database postgres in pg_hba.conf of {source}, and the password in "
            f"~{target.owner}/.pgpass on {target.host}."
        )
    yield "To try another user: --rewind-user"


def there_is_room(facts: Facts) -> Refusal | None:
    """The WAL is saved beside the data directory; that then grows to the source's size before it loses its own."""
    target, divergence = facts.target.instance, facts.divergence
    if not (target and target.control and divergence and divergence.redo is not None):
        return None
    saved = divergence.end - divergence.redo + 4 * target.control.segment_size
    growth = max(0, facts.source_files.size - facts.target_files.size) + divergence.lost_bytes
    if target.free_bytes > saved + growth:
        return None
    return Refusal(
        "no-room",
        f"{target.host} has {target.free_bytes >> 20} MB free for {target.data_directory} and "
        f"{target.journal.directory}, not {(saved + growth) >> 20} MB: "
        f"{saved >> 20} MB to save its WAL, {growth >> 20} MB to rewind it",
        "Make room there.",
    )


def its_timeline_can_be_rewound(facts: Facts) -> Refusal | None:
    """9.5 looks for the target's own timeline in the source's history, and knows no other common one."""
    target, fork = facts.target.instance, facts.fork
    if not (target and fork) or target.era.rewinds_promoted or target.timeline == fork.timeline:
        return None
    return Refusal(
        "promoted-since",
        f"{facts.target.pool.label} was promoted to timeline {target.timeline} after the fork on timeline "
        f"{fork.timeline}, and pg_rewind of {target.version} does not go back over that",
        f"Since 9.6 it does; {BASEBACKUP}",
    )


def crashed_target_can_recover(facts: Facts) -> Refusal | None:
    """It must end its own recovery before a rewind, and a standby cannot without becoming a primary."""
    if not is_crashed(facts) or not facts.target.instance:
        return None
    if facts.target.instance.files & {facts.target.instance.era.standby_marker, "recovery.signal"}:
        return Refusal(
            "crashed-standby",
            f"{facts.target.pool.label} was killed while it was a standby, and has WAL past the fork",
            f"Its recovery cannot be ended safely by a rewind; {BASEBACKUP}",
        )
    return None


def no_commit_is_lost_silently(facts: Facts) -> Refusal | None:
    """Committed transactions that only the target has: the operator must say that they may go."""
    divergence = facts.divergence
    if not divergence or not divergence.commits.number or facts.request.discard_diverged:
        return None
    commits = divergence.commits
    number = "1 committed transaction" if commits.number == 1 else f"{commits.number} committed transactions"
    when = commits.first if commits.first == commits.last else f"{commits.first} to {commits.last}"
    return Refusal(
        "diverged-commits",
        f"{facts.target.pool.label} has {number} that no other node has "
        f"({when}; {divergence.lost_bytes} bytes of WAL from {show(divergence.fork)} on)"
        + (f". They changed: {facts.losses.summary()}" if facts.losses else ""),
        f"{_what_becomes_of_them(facts)}. To allow that: --discard-diverged",
    )


def _what_becomes_of_them(facts: Facts) -> str:
    if facts.request.method == "basebackup":
        return "The new copy is without them (the old directory is kept)"
    return "A rewind throws them away (their WAL is saved beside the data directory)"


def no_prepared_transaction_is_lost_silently(facts: Facts) -> Refusal | None:
    """Prepared is promised: whoever coordinates it may have committed the rest of it elsewhere."""
    divergence = facts.divergence
    if not divergence or not divergence.prepared or facts.request.discard_diverged:
        return None
    number = "1 transaction was" if divergence.prepared == 1 else f"{divergence.prepared} transactions were"
    return Refusal(
        "diverged-prepared",
        f"on {facts.target.pool.label} {number} prepared for two-phase commit after {show(divergence.fork)}, "
        "of which no other node knows",
        "Ask their coordinator what became of them. To throw them away: --discard-diverged",
    )


def no_logical_slot_is_lost_silently(facts: Facts) -> Refusal | None:
    """Neither a rewind nor a base backup keeps them, and with them goes how far each consumer has read."""
    target, source = facts.target.instance, facts.source
    if not (target and source and source.instance) or facts.request.discard_diverged:
        return None
    lost = sorted(set(target.logical_slots) - set(source.instance.logical_slots))
    if not lost:
        return None
    return Refusal(
        "logical-slots",
        f"{facts.target.pool.label} has logical replication slots that {source.pool.label} has not: {', '.join(lost)}",
        "Their consumers lose their place, and must begin anew on the primary. To allow that: --discard-diverged",
    )
