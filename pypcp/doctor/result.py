"""What a check says: one condition, about one thing, with why it matters and what mends it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum


class Status(Enum):
    """UNKNOWN is no pass: what the check needs could not be looked up."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Result:
    """``check`` is a stable name for programs, ``about`` a host or a node, empty for the whole pair.

    ``title`` is the condition that should hold; ``said`` what was found, ``why`` why that matters and ``mend`` the
    command, or the advice, that mends it: empty when it passed.
    """

    check: str
    about: str
    status: Status
    title: str
    said: str = ""
    why: str = ""
    mend: str = ""


def judged(check: str, about: str, title: str, trouble: str, why: str, mend: str, *, warns: bool = False) -> Result:
    """A pass where there is no trouble; else a failure, or a warning."""
    if not trouble:
        return Result(check, about, Status.PASS, title)
    return Result(check, about, Status.WARN if warns else Status.FAIL, title, trouble, why, mend)


def unseen(check: str, title: str, abouts: Iterable[str]) -> Iterator[Result]:
    """The check could not be made on what could not be looked at; why not is told by another check, once."""
    for about in abouts:
        yield Result(check, about, Status.UNKNOWN, title, "it could not be looked at")


def unknown(check: str, about: str, title: str, said: str, mend: str = "") -> Result:
    """The check could not be made."""
    return Result(check, about, Status.UNKNOWN, title, said, "Nothing is known of it until that is mended.", mend)
