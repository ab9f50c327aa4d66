"""WAL that a stopped instance has no more, but its archive has: what its restore_command brings back.

To look runs the operator's command, as the server itself would, with a file in a directory of ours to fill: nothing of
the instance is written. ``pg_rewind -c`` could fetch the same by itself, from 13 on; brought back beforehand the WAL is
there in any version, can be read for what would be lost, and is saved with the rest before the rewind begins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pypcp.errors import DeadlinePassed, MalformedReply
from pypcp.hosts.host import Host
from pypcp.postgres import lsn, scripts
from pypcp.postgres.divergence import Divergence
from pypcp.postgres.instance import Instance

SEARCHED = 1024  # segments before the fork in which the last checkpoint is looked for: 16 GB, as a rule
EACH, ALL = 60, 900  # seconds for one segment, and for looking at all of them
_SEGMENT = re.compile(r"[0-9A-F]{24}\Z")


@dataclass(frozen=True)
class Archived:
    """``segments`` are the missing ones that can be restored; ``trouble`` says why not all of them can, or is empty."""

    segments: tuple[str, ...] = ()
    trouble: str = ""

    @property
    def serves(self) -> bool:
        """Whether with these segments nothing would be missing any more."""
        return bool(self.segments) and not self.trouble


def restorable(host: Host, instance: Instance, divergence: Divergence, *, for_rewind: bool) -> Archived:
    """Which of the stopped instance's WAL after the fork is missing there and can be restored.

    ``for_rewind`` wants the WAL from the last checkpoint before the fork on, too.

    Raises MalformedReply for an answer that cannot be read, and what ``Host.run`` raises but DeadlinePassed.
    """
    assert instance.control
    size, directory = instance.control.segment_size, instance.data_directory
    tried = f"restore WAL of {directory} on {host.name} from its archive"
    fork, before, last = (at // size for at in (divergence.fork, divergence.fork - 1, divergence.end - 1))
    back = (
        [_segment(instance, number) for number in range(before, max(before - SEARCHED, -1), -1)] if for_rewind else []
    )
    needed = [_segment(instance, number) for number in range(before + 1 if for_rewind else fork, last + 1)]
    limits = [str(number) for number in (EACH, ALL, size, instance.control.system_identifier)]
    args = [instance.bindir, directory, instance.config_file, lsn.show(divergence.fork), *limits, *back, "-", *needed]
    script = instance.era.spelled(scripts.text("checkpoint", "archive", "archived"))
    try:
        answer = host.run(script, args, stdin=command(instance), owner_of=directory, timeout=ALL + 2 * EACH)
    except DeadlinePassed as why:
        return Archived(trouble=why.said)
    return _read(tried, answer.or_fail(tried).stdout.decode("utf-8", "replace"))


def command(instance: Instance) -> bytes:
    """For a script's stdin: the restore_command of recovery.conf; from 12 on the script asks the server's program."""
    known = instance.settings.get("restore_command", "") if instance.era.has_recovery_conf else ""
    return known.encode("utf-8", "surrogateescape") + b"\n"


def _segment(instance: Instance, number: int) -> str:
    """The file of that segment as recovery and pg_rewind name it: by the newest timeline that has some of it."""
    assert instance.control
    size = instance.control.segment_size
    timelines = [each.timeline for each in instance.history() if each.begin < (number + 1) * size]
    return lsn.segment_name(timelines[-1], number * size, size)


def _read(tried: str, text: str) -> Archived:
    """The script's answer."""
    segments: list[str] = []
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word == "restored" and _SEGMENT.match(rest):
            segments.append(rest)
        elif word == "trouble":
            return Archived(tuple(segments), rest)
        elif word == "complete":
            return Archived(tuple(segments))
    raise MalformedReply(tried, f"the answer cannot be read: {text[-80:]!r}")
