"""pool_passwd: what pgpool knows of the passwords of PostgreSQL's roles. Lines ``role:password``; text in, text out.

Read as pgpool does (src/auth/pool_passwd.c, `pool_get_user_credentials` from 4.0, `pool_get_passwd` in every version):
the first line of a role wins; a backslash takes its meaning from a colon or a backslash, from 4.0; there are no
comments, and a line without a colon hides the line below it from md5 authentication.
"""

from __future__ import annotations

import hashlib
import re
from enum import Enum
from typing import NamedTuple

from pypcp.errors import WrongUsage, on_one_line

LONGEST_PASSWORD = 124  # bytes, escapes not counted; with TEXT in front MAX_TOKEN_LEN, 128, to which pgpool cuts
_LONGEST_LINE = 1022  # bytes; pgpool takes the rest of a longer one for a line of its own
_FIELD = re.compile(r"((?:\\.|[^:\\]|\\$)*)(?::|$)", re.DOTALL)
_MD5 = re.compile(r"md5.{32}", re.DOTALL)


class Kind(Enum):
    """How a password is kept, by its first letters (src/auth/pool_passwd.c, `get_password_type`)."""

    MD5 = "md5"
    AES = "AES"
    SCRAM = "SCRAM"  # recognized, and of no use: pgpool cannot log in with it
    TEXT = "TEXT"
    PLAIN = "plain"


class Entry(NamedTuple):
    """One line: its number, from 1, the role, and its password as it is kept. No password is in its repr."""

    line: int
    role: str
    value: str

    def __repr__(self) -> str:
        return f"Entry({self.line}, {self.role!r}, {self.kind.value})"

    @property
    def kind(self) -> Kind:
        if _MD5.fullmatch(self.value):
            return Kind.MD5
        if self.value.startswith("md5"):
            return Kind.PLAIN
        prefixes = ((Kind.AES, "AES"), (Kind.SCRAM, "SCRAM-SHA-256$"), (Kind.TEXT, "TEXT"))
        return next((kind for kind, prefix in prefixes if self.value.startswith(prefix)), Kind.PLAIN)

    @property
    def password(self) -> str | None:
        """The password itself, where it is kept in clear."""
        if self.kind is Kind.TEXT:
            return self.value.removeprefix("TEXT")
        return self.value if self.kind is Kind.PLAIN else None


def md5(password: str, role: str) -> str:
    """What pg_authid holds too, for a role whose password is stored as md5."""
    return "md5" + hashlib.md5((password + role).encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()


def text(password: str) -> str:
    """The password in clear, which SCRAM at the server needs. From pgpool 4.0."""
    return f"TEXT{password}"


def entries(content: str) -> tuple[Entry, ...]:
    """The entries in the order of the file; of a role that comes twice pgpool takes the first."""
    split = ((number, _fields(line)) for number, line in enumerate(content.split("\n"), 1))
    return tuple(Entry(number, *fields) for number, fields in split if fields)


def strays(content: str) -> tuple[int, ...]:
    """The numbers of the lines that are no entry. pgpool has no comments here: such a line hides the one below it."""
    return tuple(n for n, line in enumerate(content.split("\n"), 1) if line and not _fields(line))


def with_entry(content: str, role: str, value: str) -> str:
    """The content with exactly one line for the role, in the place of the first there was, else at the end.

    Raises WrongUsage for a role or a value that no line can hold.
    """
    line = f"{_checked(role)}:{_escaped(value)}"
    if not value or re.search(r"[\n\r\0]", value) or len(line.encode("utf-8", "surrogateescape")) > _LONGEST_LINE:
        raise WrongUsage(f"keep the password of {on_one_line(role)}", "it is empty, too long, or has a line break")
    if len(value.encode("utf-8", "surrogateescape")) > LONGEST_PASSWORD + len("TEXT"):
        said = f"pool_passwd can hold {LONGEST_PASSWORD} bytes, and pgpool would cut the rest off"
        raise WrongUsage(f"keep the password of {on_one_line(role)}", said)
    found = [entry.line for entry in entries(content) if entry.role == role]
    if not found:
        return content + ("" if content.endswith("\n") or not content else "\n") + line + "\n"
    lines = content.split("\n")
    lines[found[0] - 1] = line
    return _dropped(lines, found[1:])


def without_entry(content: str, role: str) -> str:
    """The content without the role's lines; the same content where there are none."""
    return _dropped(content.split("\n"), [entry.line for entry in entries(content) if entry.role == role])


def _checked(role: str) -> str:
    if not role or len(role.encode("utf-8", "surrogateescape")) > 63 or re.search(r"[:\\\n\r\0]", role):
        # 3.6 and 3.7 know no escapes, nor does md5 authentication in later ones
        said = "a role has 1 to 63 bytes; pool_passwd cannot hold one with a colon, a backslash or a line break"
        raise WrongUsage(f"keep the password of {on_one_line(role)!r}", said)
    return role


def _fields(line: str) -> tuple[str, str] | None:
    """Role and password with their escapes undone; None for what is no entry."""
    role = _FIELD.match(line)
    if not role or not role[0].endswith(":"):
        return None
    password = _FIELD.match(line, role.end())
    return _plain(role[1]), _plain(password[1]) if password else ""


def _plain(field: str) -> str:
    return re.sub(r"\\(.)", r"\1", field, flags=re.DOTALL)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(":", "\\:")


def _dropped(lines: list[str], numbers: list[int]) -> str:
    return "\n".join(line for number, line in enumerate(lines, 1) if number not in numbers)
