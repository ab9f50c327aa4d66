"""A directory for the socket of ssh's shared connection, which only we can enter.

It is locked as long as we live: the kernel takes the lock away with the process, however that ends. So the next one
knows by it what a process that was killed has left, also where containers with process ids of their own share it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import tempfile

PREFIX = "pypcp-ssh-"


class SocketDirectory:
    """``path`` is there, with mode 0700, until ``close``. Those that our killed processes have left go first."""

    def __init__(self) -> None:
        _remove_left_ones(tempfile.gettempdir())
        self.path, self._lock = _made()

    def close(self) -> None:
        if self._lock >= 0:
            with contextlib.suppress(OSError):
                _remove(self.path, self._lock)
            os.close(self._lock)
            self._lock = -1


def _made() -> tuple[str, int]:
    """A new directory and what holds its lock."""
    while True:
        path = tempfile.mkdtemp(prefix=PREFIX)
        with contextlib.suppress(FileNotFoundError):  # another one took it for left: it was not locked yet
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            with contextlib.suppress(OSError):  # a file system without locks: nobody will see this as left, either
                fcntl.flock(lock, fcntl.LOCK_EX)
            if os.path.isdir(path):
                return path, lock
            os.close(lock)


def _remove_left_ones(place: str) -> None:
    with contextlib.suppress(OSError), os.scandir(place) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX) and entry.is_dir(follow_symlinks=False):
                with contextlib.suppress(OSError):  # one of another user, or one that is in use
                    _remove_if_left(entry.path)


def _remove_if_left(path: str) -> None:
    """Raises OSError when it is not ours alone, or locked."""
    lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        found = os.fstat(lock)
        if found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) == 0o700:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(path, lock)
    finally:
        os.close(lock)


def _remove(path: str, opened: int) -> None:
    """Remove what lies in the opened directory, which is never a directory itself, and then the directory."""
    for name in os.listdir(opened):
        os.unlink(name, dir_fd=opened)
    os.rmdir(path)
