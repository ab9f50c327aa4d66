"""A Debian release in a folder: its programs run in it, as an ordinary user, beside this machine's own."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pypcp.lab.processes import Runner

# Everything is mounted in a mount namespace of its own, and every process is in a process namespace of its own: when
# the first process ends, or is killed, nothing is mounted and nothing runs any more. The same for shared memory.
NAMESPACES = ("unshare", "--mount", "--propagation", "private", "--pid", "--ipc", "--fork", "--kill-child", "--")
ENTER = """\
set -e
root=$1 shared=$2 identity=$3 directory=$4
shift 4
if [ "$root" != / ]; then
    mount -t tmpfs tmpfs "$root/tmp"
    mkdir -p "$root$shared"
    mount --bind "$shared" "$root$shared"
    mount --bind /dev "$root/dev"
fi
mount -t proc proc "$root/proc"
set +e
chroot --userspec="$identity" --groups= "$root" sh -c 'umask 077 && cd "$1" && shift && exec "$@"' sh "$directory" "$@"
exit $?
"""
PATH = "/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Release:
    """The release ``name`` in the folder ``root``; ``/`` is this machine itself."""

    name: str
    root: Path

    @cached_property
    def exact_version(self) -> str:
        """pgpool's version, ``4.6.1``."""
        asked = subprocess.run(["chroot", self.root, "pgpool", "--version"], capture_output=True, text=True, timeout=10)
        found = re.search(r"pgpool-II version (\S+)", asked.stdout + asked.stderr)
        assert found, asked
        return found[1]

    @property
    def version(self) -> tuple[int, int]:
        """pgpool's series, ``(4, 6)``."""
        major, minor, *_ = self.exact_version.split(".")
        return int(major), int(minor)

    def has(self, program: str) -> bool:
        """Whether the release has the program."""
        return any((self.root / place / program).exists() for place in ("usr/sbin", "usr/bin"))

    def command(self, runner: Runner, directory: Path, words: Sequence[str | Path]) -> list[str]:
        """The command line that runs ``words`` in it as the runner's user, in ``directory``.

        That directory and the runner's are the same inside as outside.
        """
        identity = f"{runner.user.pw_uid}:{runner.user.pw_gid}"
        shared = str(runner.directory)
        return [
            *NAMESPACES,
            "sh",
            "-c",
            ENTER,
            "sh",
            str(self.root),
            shared,
            identity,
            str(directory),
            *map(str, words),
        ]

    def run(
        self, runner: Runner, words: Sequence[str | Path], timeout: float = 60.0, **environment: str
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a program to its end, without input; gives what it printed, byte by byte."""
        return subprocess.run(
            self.command(runner, runner.directory, words),
            env={"PATH": PATH, "LC_ALL": "C.UTF-8", "TZ": "UTC", **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
        )
