"""pcp.conf: who may talk PCP. Lines ``user:md5 of the password``; text in, text out.

Read as pgpool does (src/pcp_con/pcp_worker.c, `user_authenticate`): empty lines and lines that begin with ``#`` are
nothing; every line of a user counts, so that a second one is a second password; no blank is cut off.
"""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

from pypcp.errors import WrongUsage, on_one_line
from pypcp.pgpool.conf import ConfError

LONGEST_NAME = 127  # bytes; MAX_USER_PASSWD_LEN in src/include/pcp/pcp.h, with the NUL behind it
_DIGEST = re.compile(r"[0-9a-f]{32}", re.ASCII)


class PcpUser(NamedTuple):
    """One line: its number, from 1, the user, and what stands for the password."""

    line: int
    name: str
    digest: str

    @property
    def can_log_in(self) -> bool:
        """Whether any password leads to this: it has to be an MD5, in lower-case hex. A SHA-256 is a usual mistake."""
        return _DIGEST.fullmatch(self.digest) is not None


def digest(password: str) -> str:
    """What stands for a password in every version: its MD5, without salt."""
    return hashlib.md5(password.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()


def users(text: str, path: str = "pcp.conf") -> tuple[PcpUser, ...]:
    """The users in the order of the file. Raises ConfError for a line at which pgpool stops, with its number."""
    return tuple(_user(number, line, path) for number, line in _lines(text))


def with_user(text: str, name: str, digest: str, path: str = "pcp.conf") -> str:
    """The text with exactly one line for the user, in the place of the first there was, else at the end.

    Raises WrongUsage for a name that a line cannot hold, ConfError as :func:`users` does.
    """
    checked(name)
    found = [user.line for user in users(text, path) if user.name == name]
    lines = text.split("\n")
    if not found:
        return text + ("" if text.endswith("\n") or not text else "\n") + f"{name}:{digest}\n"
    lines[found[0] - 1] = f"{name}:{digest}"
    return _dropped(lines, found[1:])


def without_user(text: str, name: str, path: str = "pcp.conf") -> str:
    """The text without the user's lines; the same text where there are none."""
    return _dropped(text.split("\n"), [user.line for user in users(text, path) if user.name == name])


def checked(name: str) -> str:
    """The name, if a line can hold it. Raises WrongUsage."""
    size = len(name.encode("utf-8", "surrogateescape"))
    if not 0 < size <= LONGEST_NAME or re.search(r"[:\n\r\0]", name) or name.startswith("#"):
        raise WrongUsage(
            f"take {on_one_line(name)!r} as a PCP user",
            f"a name has 1 to {LONGEST_NAME} bytes, no colon and no line break, and does not begin with #",
        )
    return name


def _lines(text: str) -> list[tuple[int, str]]:
    return [(n, line) for n, line in enumerate(text.split("\n"), 1) if line and not line.startswith("#")]


def _user(number: int, line: str, path: str) -> PcpUser:
    name, colon, digest = line.partition(":")
    if not colon or any(len(part.encode("utf-8", "surrogateescape")) > LONGEST_NAME + 1 for part in (name, digest)):
        raise ConfError(
            f"read {path}",
            f"line {number} is no user:md5, so that nobody below it can log in",
            "Mend the line, or put a # in front of it.",
        )
    return PcpUser(number, name, digest)


def _dropped(lines: list[str], numbers: list[int]) -> str:
    return "\n".join(line for number, line in enumerate(lines, 1) if number not in numbers)
