"""What a stopped instance wrote after the fork: how much, which commits, and whether a rewind can undo it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from pypcp.hosts import document
from pypcp.hosts.host import Host
from pypcp.postgres import lsn, scripts, waldump
from pypcp.postgres.instance import Instance
from pypcp.postgres.waldump import Commits

_REDO = re.compile(r"redo ([0-9A-F]+/[0-9A-F]+);")


@dataclass(frozen=True)
class Divergence:
    """The WAL that only the target has. Positions are LSNs.

    ``redo`` is where the last checkpoint before the fork begins to redo, None when that checkpoint is not in the WAL
    any more; ``missing`` are the segment files from there to the end that are gone; ``hints_came_late`` is whether
    settings were changed after the fork to what has wal_log_hints on, which may have been off until then and makes a
    rewind silently wrong (before the fork it does not matter: hint bits of that time are about transactions that both
    have); ``counted`` is False when there may be more commits than were found; ``prepared`` counts transactions
    prepared for two-phase commit, ended or not; ``readable`` is False when that WAL could not be read to its end, so
    that there may be more than was counted; ``stretches`` are timeline, begin and end of each piece of it. ``archived``
    are its segments that the archiver had taken already, of those that are there still, ``archive_command`` how, which
    may hold a password.
    """

    fork: int
    end: int
    commits: Commits
    redo: int | None
    missing: tuple[str, ...]
    hints_came_late: bool
    readable: bool = True
    counted: bool = True
    stretches: tuple[str, ...] = ()
    prepared: int = 0
    archived: tuple[str, ...] = ()
    archive_command: str = field(default="", repr=False)

    @property
    def lost_bytes(self) -> int:
        """How much WAL a rewind would throw away."""
        return self.end - self.fork

    @property
    def lacks_wal(self) -> bool:
        """Whether WAL is missing of what a rewind needs, or of what tells the losses."""
        return self.redo is None or bool(self.missing) or not self.readable


def measure(host: Host, instance: Instance, fork: int, timeout: float = 600.0) -> Divergence:
    """Read the WAL of the stopped ``instance`` around ``fork``, the LSN where the source's history leaves its own.

    Raises MalformedReply for an answer that cannot be read, and what ``Host.run`` raises.
    """
    assert instance.control and instance.wal_end is not None
    end, size = instance.wal_end, instance.control.segment_size
    tried = f"read the WAL of {instance.data_directory} on {host.name}"
    spelled, directory = instance.era.spelled, instance.data_directory
    args = [instance.bindir, directory, instance.config_file, lsn.show(fork)]
    args += [lsn.show(_whole_from(instance.wal_files, end, size)), *_pieces(instance, end)]
    script = spelled(scripts.text("checkpoint", "divergence"))
    items = document.ask(host, tried, script, args, owner_of=directory, timeout=timeout)
    with document.reading(tried):
        commits = _count(items["commits"].text)
        changes = _count(items["parameters"].text)
        shared = _count(items["shared"].text) if "shared" in items else None
        checkpoint = _REDO.search(items["checkpoint"].text)
        redo = lsn.parse(checkpoint[1]) if checkpoint else None
    return Divergence(
        fork=fork,
        end=end,
        commits=Commits(commits.number, commits.first, commits.last),
        redo=redo,
        missing=_missing(instance.wal_files, redo, end, size) if redo is not None else (),
        hints_came_late=bool(changes.also),
        readable=commits.readable and changes.readable and (shared is None or shared.readable),
        counted=commits.readable,
        stretches=tuple(_stretches(instance, fork, end)),
        prepared=commits.also,
        archived=_archived(items["archived"].text, fork, size),
        archive_command=command.text.strip() if (command := items.get("archive_command")) and not command.exit else "",
    )


def record_at(host: Host, source: Instance, position: int, timeline: int) -> waldump.Record | None:
    """The record that the running ``source`` has at ``position`` of ``timeline``; None when it no longer has it.

    Raises what ``Host.run`` raises.
    """
    if not source.control:
        return None
    spelled, directory, size = source.era.spelled, source.data_directory, source.control.segment_size
    later = [each.timeline for each in source.history() if each.timeline >= timeline]
    # For a segment that is missing pg_waldump waits five seconds, as if it might still be written.
    there = [str(each) for each in later if lsn.segment_name(each, position, size) in source.wal_files]
    if not there:
        return None
    args = [source.bindir, directory + spelled("/pg_wal"), lsn.show(position), *there]
    answer = host.run(spelled(scripts.text("record")), args, owner_of=directory)
    return waldump.last_record(answer.stdout.decode("utf-8", "replace"))


def _pieces(instance: Instance, end: int) -> list[str]:
    """The timelines as a pattern, then five words for each, as the script takes them."""
    assert instance.control
    history, size = instance.history(), instance.control.segment_size
    words = ["|".join(f"{stretch.timeline:08X}" for stretch in history)]
    for number, stretch in enumerate(history):
        words += [str(stretch.timeline), lsn.show(stretch.begin)]
        if stretch.end is None:
            words += [lsn.show(end), "-", "-"]
        else:
            seam = stretch.end // size * size
            words += [lsn.show(stretch.end), str(history[number + 1].timeline), lsn.show(seam)]
    return words


def _stretches(instance: Instance, fork: int, end: int) -> list[str]:
    """Timeline, begin and end of each piece of the instance's WAL after the fork."""
    words: list[str] = []
    for stretch in instance.history():
        begin, until = max(stretch.begin, fork), end if stretch.end is None else min(stretch.end, end)
        if begin < until:
            words += [str(stretch.timeline), lsn.show(begin), lsn.show(until)]
    return words


@dataclass(frozen=True)
class _Count:
    """What was counted in all pieces: records, others, and the times of the first and the last of the former."""

    number: int
    also: int
    first: str | None
    last: str | None
    readable: bool


def _count(text: str) -> _Count:
    """Sum the script's answers for the pieces: a line of two numbers, the first and the last record."""
    number, also, records, readable = 0, 0, list[str](), True
    lines = iter(text.splitlines())
    for line in lines:
        if line == "unreadable":
            readable = False
            continue
        counted, more = line.split()
        number, also = number + int(counted), also + int(more)
        records += [next(lines, ""), next(lines, "")]
    found = waldump.commits("\n".join(records))
    return _Count(number, also, found.first, found.last, readable)


def _archived(text: str, fork: int, size: int) -> tuple[str, ...]:
    """Of the archived segments those that have something from after the fork."""
    first = lsn.segment_name(0, fork, size)[8:]
    return tuple(sorted(name for name in text.split() if name[8:] >= first))


def _whole_from(present: Sequence[str], end: int, size: int) -> int:
    """From where on no segment is missing up to ``end``."""
    there = {name[8:] for name in present}
    number = (end - 1) // size
    while number >= 0 and lsn.segment_name(0, number * size, size)[8:] in there:
        number -= 1
    return (number + 1) * size


def _missing(present: Sequence[str], redo: int, end: int, size: int) -> tuple[str, ...]:
    """The segments between two positions that no file holds, whatever its timeline; named with a timeline of dots."""
    there = {name[8:] for name in present}
    needed = [lsn.segment_name(0, at, size)[8:] for at in range(redo // size * size, end, size)]
    return tuple("........" + name for name in needed if name not in there)
