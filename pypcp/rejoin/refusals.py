"""A reason not to go on, and the three things it tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import indent

from pypcp.errors import RefusedForSafety

# What is lost with the target's own history, and may be: --discard-diverged.
LOSSES = frozenset({"diverged-commits", "diverged-prepared", "logical-slots", "unarchived"})
BASEBACKUP = "a base backup is the way out: --method basebackup"


@dataclass(frozen=True)
class Refusal:
    """Why nothing is done: a stable ``code`` for programs, what was found where, and what the operator can do now."""

    code: str
    said: str
    do: str


class Refused(RefusedForSafety):
    """The rejoin was refused, nothing was changed; ``refusals`` are all the reasons that were found."""

    def __init__(self, tried: str, refusals: Sequence[Refusal]) -> None:
        self.refusals = tuple(refusals)
        first = self.refusals[0]
        if len(self.refusals) == 1:
            super().__init__(tried, _without(tried, first.said), first.do)
        else:
            listed = "\n".join(f"- {each.said}\n{indent(each.do, '  ')}" for each in self.refusals)
            super().__init__(tried, f"{len(self.refusals)} reasons not to", listed)
        self.args = (tried, self.refusals)


def _without(tried: str, said: str) -> str:
    """What is said of the node that was named just before: "it", not its whole name again."""
    name = tried.partition(" ")[2]
    return said.replace(name, "it", 1) if said.startswith(f"{name} ") else said.removeprefix(f"{name}: ")
