"""What a stopped instance wrote after the fork: how much, which commits, and whether a rewind can undo it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pypcp.errors import MalformedReply
from pypcp.hosts.host import Host
from pypcp.postgres import document, lsn, scripts, waldump
from pypcp.postgres.instance import Instance
from pypcp.postgres.waldump import Commits

_REDO = re.compile(r"redo ([0-9A-F]+/[0-9A-F]+); tli (\d+);")


@dataclass(frozen=True)
class Divergence:
    """The WAL that only the target has. Positions are LSNs.

    ``redo`` is where the last checkpoint before the fork begins to redo, None when that checkpoint is not in the WAL
    any more; ``missing`` are the segment files from there to the end that are gone; ``hints_came_late`` is whether
    wal_log_hints was switched on in between, which makes a rewind silently wrong; ``stretches`` are timeline, begin
    and end of each piece of that WAL, as the scripts take them.
    """

    fork: int
    end: int
    commits: Commits
    redo: int | None
    missing: tuple[str, ...]
    hints_came_late: bool
    stretches: tuple[str, ...] = ()

    @property
    def lost_bytes(self) -> int:
        """How much WAL a rewind would throw away."""
        return self.end - self.fork


def measure(host: Host, instance: Instance, fork: int, timeout: float = 600.0) -> Divergence:
    """Read the WAL of the stopped ``instance`` around ``fork``, the LSN where the source's history leaves its own.

    Raises MalformedReply for an answer that cannot be read, and what ``Host.run`` raises.
    """
    assert instance.control and instance.wal_end is not None
    end, size = instance.wal_end, instance.control.segment_size
    tried = f"read the WAL of {instance.data_directory} on {host.name}"
    spelled, directory = instance.era.spelled, instance.data_directory
    stretches = _stretches(instance, fork, end)
    args = [instance.bindir, directory + spelled("/pg_wal"), lsn.show(fork), *stretches]
    answer = host.run(spelled(scripts.text("divergence")), args, owner_of=directory, timeout=timeout)
    answer.or_fail(tried)
    try:
        items = document.parse(answer.stdout)
    except ValueError as why:
        raise MalformedReply(tried, str(why)) from None
    checkpoint = _REDO.search(items["checkpoint"].text) if "checkpoint" in items else None
    redo = lsn.parse(checkpoint[1]) if checkpoint else None
    changes = items["parameters"].text if "parameters" in items else ""
    return Divergence(
        fork=fork,
        end=end,
        commits=_commits([item.text for name, item in items.items() if name.startswith("commits:")]),
        redo=redo,
        missing=_missing(instance.wal_files, redo, end, size) if redo is not None else (),
        hints_came_late="wal_log_hints=on" in changes,
        stretches=tuple(stretches),
    )


def _stretches(instance: Instance, fork: int, end: int) -> list[str]:
    """Timeline, begin and end of each piece of the instance's WAL after the fork, as the scripts take them."""
    words: list[str] = []
    for stretch in instance.history():
        begin, until = max(stretch.begin, fork), end if stretch.end is None else min(stretch.end, end)
        if begin < until:
            words += [str(stretch.timeline), lsn.show(begin), lsn.show(until)]
    return words


def _commits(counted: Sequence[str]) -> Commits:
    """Sum what awk counted in each stretch: the number, then the first and the last record."""
    number, times = 0, list[str]()
    for text in counted:
        lines = text.splitlines()
        number += int(lines[0])
        found = waldump.commits("\n".join(lines[1:]))
        times += [time for time in (found.first, found.last) if time]
    return Commits(number, times[0] if times else None, times[-1] if times else None)


def _missing(present: Sequence[str], redo: int, end: int, size: int) -> tuple[str, ...]:
    """The segments between two positions that no file holds, whatever its timeline; named with a timeline of dots."""
    there = {name[8:] for name in present}
    needed = [lsn.segment_name(0, at, size)[8:] for at in range(redo // size * size, end, size)]
    return tuple("........" + name for name in needed if name not in there)
