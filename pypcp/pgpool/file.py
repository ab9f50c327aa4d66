"""One file of pgpool's on this machine: read whole, replaced in one moment, its owner and mode kept."""

from __future__ import annotations

import errno
import itertools
import os
import stat
import tempfile
import time
from contextlib import suppress

from pypcp.errors import OperationFailed, RefusedForSafety, on_one_line
from pypcp.pgpool.conf import ConfError

_LARGEST = 8 << 20  # bytes; a pool_passwd of 50,000 users has less


def read(path: str, absent: str | None = None) -> str:
    """The text of the file; ``absent`` where there is none. Bytes that are not UTF-8 come back as they were.

    Raises ConfError for what is not a regular file of a sensible size, and OperationFailed where it cannot be read.
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # opening a pipe must not wait for a writer
    except FileNotFoundError as error:
        if absent is None:
            raise _failed("read", path, error) from None
        return absent
    except OSError as error:
        raise _failed("read", path, error) from None
    except ValueError:  # a NUL in the path
        raise ConfError(f"read {on_one_line(path)}", "that is no path") from None
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise ConfError(f"read {path}", "it is not a regular file")
        with open(file, "rb", closefd=False) as opened:
            content = opened.read(_LARGEST + 1)
    finally:
        os.close(file)
    if len(content) > _LARGEST:
        raise ConfError(f"read {path}", f"it is larger than {_LARGEST >> 20} MiB")
    return content.decode("utf-8", "surrogateescape")


def replace(
    path: str, before: str, text: str, *, like: str = "", mode: int = 0o600, backup: bool = False
) -> str | None:
    """Put ``text`` in the place of ``before``, which is what :func:`read` gave (empty for a file that is not there).

    Whatever happens, the old file or the new one is whole. A symbolic link stays one: what it points to is replaced.
    Owner, group, mode and extended attributes stay; a new file gets those of the file ``like`` if there is one, else
    ``mode``. With ``backup`` the old text stays beside it, and the path of that is returned. Raises RefusedForSafety
    where the file has another text by now, or where the owner cannot be kept; OperationFailed where the directory or
    the disk does not allow it.
    """
    path = os.path.realpath(path)
    if read(path, absent="") != before:
        raise RefusedForSafety(f"write {path}", "it was changed by somebody else meanwhile", "Run the command again.")
    try:
        like = path if os.path.exists(path) else like
        saved = _put(path, _new_suffix(path), before, like, mode) if backup and before else None
        _put(path, "", text, like, mode)
    except OSError as error:
        raise _failed("write", path, error) from None
    return saved


def _new_suffix(path: str) -> str:
    """A suffix that no older backup has, also where several are made in one second."""
    stamp = time.strftime("%Y%m%dT%H%M%S")
    suffixes = (f".{stamp}{f'-{number}' if number else ''}.bak" for number in itertools.count())
    return next(suffix for suffix in suffixes if not os.path.lexists(path + suffix))


def _put(path: str, suffix: str, text: str, like: str, mode: int) -> str:
    """A file with the text at ``path`` and the suffix, with the owner and mode of ``like`` if there is one."""
    directory, name = os.path.split(path)
    file, temporary = tempfile.mkstemp(prefix=f".{name}-", dir=directory)  # made with mode 0600
    try:
        with os.fdopen(file, "wb") as new:
            _dress(new.fileno(), like, mode)
            new.write(text.encode("utf-8", "surrogateescape"))
            new.flush()
            os.fsync(new.fileno())
        os.replace(temporary, path + suffix)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    _sync(directory)
    return path + suffix


def _dress(file: int, like: str, mode: int) -> None:
    """Give the open file owner, group, mode and attributes of the one at ``like``; where there is none, the mode."""
    try:
        state = os.stat(like)
    except FileNotFoundError:
        os.fchmod(file, mode)
        return
    try:
        if (state.st_uid, state.st_gid) != (os.geteuid(), os.getegid()):
            os.fchown(file, state.st_uid, state.st_gid)
    except PermissionError:
        raise RefusedForSafety(
            f"write a file like {like}",
            "it belongs to somebody else, and would become yours",
            "Run this as its owner, or as root.",
        ) from None
    os.fchmod(file, stat.S_IMODE(state.st_mode))
    _copy_attributes(file, like)


def _copy_attributes(file: int, like: str) -> None:
    """Access lists and security labels, as far as the file system has them and lets us."""
    try:
        for name in os.listxattr(like):
            with suppress(OSError):
                os.setxattr(file, name, os.getxattr(like, name))
    except OSError as error:
        if error.errno not in (errno.ENOTSUP, errno.EPERM, errno.EACCES):
            raise


def _sync(directory: str) -> None:
    opened = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _failed(tried: str, path: str, error: OSError) -> OperationFailed:
    return OperationFailed(f"{tried} {path}", (error.strerror or str(error)).lower())
