"""Write the lab's files: whole, with owner and mode, and never through somebody else's link."""

from __future__ import annotations

import os
import pwd
from pathlib import Path


def write(path: Path, text: str, owner: pwd.struct_passwd, mode: int = 0o600) -> None:
    """Make ``path`` a new file with that text. A file of that name is replaced, not written into."""
    path.unlink(missing_ok=True)
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with open(number, "w", encoding="utf-8") as file:
        file.write(text)
        os.fchown(number, owner.pw_uid, owner.pw_gid)
        os.fchmod(number, mode)


def make_directory(path: Path, owner: pwd.struct_passwd, mode: int = 0o700) -> None:
    """Make a directory that is not there yet."""
    path.mkdir(mode=mode)
    os.chmod(path, mode)  # whatever the umask
    os.chown(path, owner.pw_uid, owner.pw_gid)
