"""Questions about the facts that the decision asks, each answered by yes or no."""

from __future__ import annotations

from pypcp.postgres.controldata import ARCHIVE_RECOVERY, CLEAN, CLEAN_STANDBY
from pypcp.rejoin.facts import Facts


def is_running(facts: Facts) -> bool:
    """Whether the target's postmaster runs."""
    return bool(facts.target.instance and facts.target.instance.pid)


def is_following(facts: Facts) -> bool:
    """Whether the target runs as a standby that streams from the source, as both of them say."""
    target, source = facts.target.instance, facts.source
    if not (target and target.server and source and source.instance and source.instance.server):
        return False
    receiver = target.server.receiver
    if not target.server.in_recovery or not receiver or receiver.status != "streaming":
        return False
    if receiver.timeline != source.instance.server.timeline:
        return False
    if receiver.sender_port is not None and receiver.sender_port != source.instance.port:
        return False
    return any(sender.state == "streaming" for sender in source.instance.server.senders)


def is_being_swapped(facts: Facts) -> bool:
    """Whether a new copy has begun to take the place of the target's data directory, and has not ended to."""
    return bool(facts.target.instance and facts.target.instance.journal.swap_began)


def is_new_copy(facts: Facts) -> bool:
    """Whether an earlier run put a new copy there that was not started since, and can be."""
    target = facts.target.instance
    if not target or target.pid or not target.journal.swapped or target.journal.swap_began:
        return False
    is_whole = "backup_label" in target.files and target.wal_end is not None
    return is_whole and facts.fork is not None and not went_its_own_way(facts) and not has_another_past(facts)


def is_finished_rewind(facts: Facts) -> bool:
    """Whether an earlier run rewound the target, and it was not started since: never rewind that again."""
    target, fork = facts.target.instance, facts.fork
    if not (target and target.control and fork) or target.pid:
        return False
    return (
        target.control.state == ARCHIVE_RECOVERY
        and "backup_label" in target.files
        and target.control.minimum_recovery_timeline == fork.timeline
        and (fork.lsn is None or target.control.minimum_recovery <= fork.lsn)
    )


def is_half_rewound(facts: Facts) -> bool:
    """Whether a rewind began and did not end, or not well: such a directory must never be started."""
    target = facts.target.instance
    return bool(target and target.journal.rewind_began and not is_following(facts) and not is_finished_rewind(facts))


def can_be_resumed(facts: Facts) -> bool:
    """Whether a half-done rewind still runs, or can run again: all it needs was saved, and nothing else happened."""
    target, source = facts.target.instance, facts.source
    if not (target and source and source.instance and is_half_rewound(facts)):
        return False
    journal = target.journal
    same_source = journal.rewind_timeline == source.instance.timeline
    is_as_left = journal.control_is_saved or journal.rewind_runs
    return not target.pid and journal.saved and is_as_left and same_source


def is_crashed(facts: Facts) -> bool:
    """Whether the target was killed, so that its end of WAL is not a shutdown checkpoint."""
    target = facts.target.instance
    return bool(target and target.control and not target.pid and target.control.state not in (CLEAN, CLEAN_STANDBY))


def went_its_own_way(facts: Facts) -> bool:
    """Whether the target has WAL past the fork: E > F, where F is never None when they are on different timelines."""
    target = facts.target.instance
    return bool(
        facts.fork and facts.fork.lsn is not None and target and target.end is not None and target.end > facts.fork.lsn
    )


def archive_helps(facts: Facts) -> bool:
    """Whether all WAL that is missing of a directory which is whole can come back from its archive."""
    target = facts.target.instance
    is_whole = bool(target and target.control and not target.journal.rewind_began)
    return is_whole and bool(facts.archived and facts.archived.serves)


def has_another_past(facts: Facts) -> bool:
    """Whether the source has another record where the target's last one is: both wrote as the same timeline."""
    target = facts.target.instance
    return bool(target and target.last_record and facts.same_record and target.last_record != facts.same_record)


def is_ahead(facts: Facts) -> bool:
    """Whether the target's history is newer than the source's: a later timeline, or more WAL on the same one."""
    target, source = facts.target.instance, facts.source
    if not (target and source and source.instance and source.instance.server):
        return False
    if target.timeline > source.instance.timeline:
        return True
    same = facts.fork is not None and facts.fork.lsn is None
    return bool(same and target.end is not None and target.end > source.instance.server.lsn)
