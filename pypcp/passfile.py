"""The password file ``.pcppass``, read as pgpool's own tools read it (``src/libs/pcp/pcp.c``, `PasswordFromFile`).

``$PCPPASSFILE``, else ``.pcppass`` in the home directory that the password database names for the effective user.
Lines are ``host:port:user:password``; ``*`` alone matches anything in the first three, ``\\:`` and ``\\\\`` escape,
the first line that matches wins.
"""

from __future__ import annotations

import os
import stat

from pypcp.address import Address
from pypcp.errors import WrongUsage

# The default directory is looked up as "localhost", any other one by its path.
_DEFAULT_DIRECTORY = "/tmp"
# pgpool reads into a buffer of 320 bytes, so the rest of a longer line is the next one to it.
_LONGEST = 319
_MAX_SIZE = 1 << 20


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
    wanted = _wanted(address, username)
    try:
        lines = _lines(_read(path))
    except OSError as error:
        return Password(None, f"{path} is not read: {(error.strerror or str(error)).lower()}")
    for number, line in enumerate(lines, 1):
        if (password := match(line, wanted)) is not None:
            return Password(password.decode("utf-8", "surrogateescape"), f"{path} line {number}")
    return Password(None, f"{path} has no line for {b':'.join(wanted).decode('utf-8', 'replace')}")


def write(address: Address, username: str, password: str, path: str | None = None) -> str:
    """Put an entry into the file, in place of the one for the same host, port and user. Returns the file's path.

    The file is replaced in one moment, by one that only its owner can read. Raises WrongUsage for what a line cannot
    hold, and OSError.
    """
    path = path or default_path()
    wanted = _wanted(address, username)
    values = [*wanted, password.encode("utf-8", "surrogateescape")]
    line = b":".join(value.replace(b"\\", b"\\\\").replace(b":", b"\\:") for value in values)
    if b"\n" in line or b"\0" in line or len(line) > _LONGEST:
        raise WrongUsage(f"write a line to {path}", f"it has a line feed, a NUL, or more than {_LONGEST} bytes")
    content = _read(path).removesuffix(b"\n") if os.path.exists(path) else b""
    lines = content.split(b"\n") if content else []
    at = next((at for at, each in enumerate(lines) if match(each, wanted) is not None), len(lines))
    # in front of the first line that matches, since that one would win; the entry's own former line goes
    later = [each for each in lines[at:] if _split(each)[0][:3] != wanted]
    _replace(path, b"\n".join([*lines[:at], line, *later]) + b"\n")
    return path


def _wanted(address: Address, username: str) -> list[bytes]:
    """Host, port and user as they have to stand in a line."""
    host = address.host if address.host != _DEFAULT_DIRECTORY else ""
    return [value.encode("utf-8", "surrogateescape") for value in (host or "localhost", str(address.port), username)]


def _read(path: str) -> bytes:
    """The file's content. Raises OSError, also where it is not the private file that it has to be."""
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # opening a pipe must not wait for a writer
    try:
        state = os.fstat(file)
        if complaint := _complaint(state.st_mode) or (state.st_size > _MAX_SIZE and "it is larger than 1 MiB"):
            raise OSError(0, complaint)
        return os.read(file, _MAX_SIZE)
    finally:
        os.close(file)


def _lines(content: bytes) -> list[bytes]:
    whole = content.split(b"\n")
    return [line[at : at + _LONGEST] for line in whole for at in range(0, len(line) or 1, _LONGEST)]


def _replace(path: str, content: bytes) -> None:
    """Replace the file in one moment; whatever happens, the old one or the new one is whole."""
    import tempfile

    path = os.path.realpath(path)
    file, name = tempfile.mkstemp(prefix=".pcppass-", dir=os.path.dirname(path))  # made with mode 0600
    try:
        with os.fdopen(file, "wb") as new:
            new.write(content)
            new.flush()
            os.fsync(new.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _complaint(mode: int) -> str:
    if not stat.S_ISREG(mode):
        return "it is not a regular file"
    if mode & 0o077:
        return f"others can read it (mode {stat.S_IMODE(mode):04o}); chmod 600 mends it"
    return ""


def match(line: bytes, wanted: list[bytes]) -> bytes | None:
    """The password of the line, if the fields before it are the wanted ones. A ``.pgpass`` has one more of them."""
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
