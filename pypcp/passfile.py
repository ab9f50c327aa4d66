"""The password file ``.pcppass``, read as pgpool's own tools read it (``src/libs/pcp/pcp.c``, `PasswordFromFile`).

``$PCPPASSFILE``, else ``.pcppass`` in the home directory that the password database names for the effective user.
Lines are ``host:port:user:password``; ``*`` alone matches anything in the first three, ``\\:`` and ``\\\\`` escape,
the first line that matches wins.
"""

from __future__ import annotations

import os
import stat

from pypcp.address import Address

# The default directories are looked up as "localhost", any other one by its path.
_DEFAULT_DIRECTORY = "/tmp"


class Password:
    """What was found: the value, or None; and where it is from, or why it is missing."""

    __slots__ = ("origin", "value")

    def __init__(self, value: str | None, origin: str) -> None:
        self.value = value
        self.origin = origin

    def __repr__(self) -> str:
        return f"Password({'found' if self.value is not None else 'missing'}, {self.origin!r})"


def default_path() -> str:
    """The file that is read when no other one is named."""
    if named := os.environ.get("PCPPASSFILE"):
        return named
    import pwd

    return os.path.join(pwd.getpwuid(os.geteuid()).pw_dir, ".pcppass")


def look_up(address: Address, username: str, path: str | None = None) -> Password:
    """The password of ``username`` at ``address``. Never raises: what was wrong stands in ``origin``."""
    path = path or default_path()
    host = address.host if address.host != _DEFAULT_DIRECTORY else ""
    host = host or "localhost"
    try:
        with open(path, "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if complaint := _complaint(mode):
                return Password(None, f"{path} is not read: {complaint}")
            lines = file.read().split(b"\n")
    except OSError as error:
        return Password(None, f"{path}: {(error.strerror or str(error)).lower()}")
    wanted = [value.encode("utf-8", "surrogateescape") for value in (host, str(address.port), username)]
    for number, line in enumerate(lines, 1):
        if (password := _match(line, wanted)) is not None:
            return Password(password.decode("utf-8", "surrogateescape"), f"{path} line {number}")
    return Password(None, f"{path} has no line for {host}:{address.port}:{username}")


def _complaint(mode: int) -> str:
    if not stat.S_ISREG(mode):
        return "it is not a regular file"
    if mode & 0o077:
        return f"others can read it (mode {stat.S_IMODE(mode):04o}); run: chmod 600 on it"
    return ""


def _match(line: bytes, wanted: list[bytes]) -> bytes | None:
    """The password of the line, if its first three fields are the wanted ones."""
    found, is_wildcard = _split(line)
    if len(found) < len(wanted) + 1:
        return None
    for value, any_value, expected in zip(found, is_wildcard, wanted, strict=False):
        if not any_value and value != expected:
            return None
    return found[len(wanted)]


def _split(line: bytes) -> tuple[list[bytes], list[bool]]:
    """The fields with their escapes undone, and which of them are the wildcard."""
    fields, raw, value = [], bytearray(), bytearray()
    is_wildcard = []
    letters = iter(line + b":")
    for letter in letters:
        if letter == ord(":"):
            fields.append(bytes(value))
            is_wildcard.append(raw == b"*")
            raw, value = bytearray(), bytearray()
        elif letter == ord("\\"):
            raw.append(letter)
            value.append(next(letters, ord("\\")))
        else:
            raw.append(letter)
            value.append(letter)
    return fields, is_wildcard
