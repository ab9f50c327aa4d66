"""Run a child process to its end or to a deadline. Its output goes through files, not pipes.

With pipes, a grandchild that keeps one open (a server that was just started, ssh's shared connection in the
background) would keep us waiting for an end that never comes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Sequence

from pypcp.errors import DeadlinePassed
from pypcp.hosts.host import Finished


def run(words: Sequence[str], stdin: bytes, timeout: float, tried: str) -> Finished:
    """Run the command; the whole process group is killed when ``timeout`` seconds are over.

    Raises DeadlinePassed then, with ``tried`` as what was tried, and OSError when it cannot be started.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=out, stderr=err, start_new_session=True)
        try:
            child.communicate(stdin, timeout)  # a pipe: what goes in may be a password, which no disk should see
        except BaseException as why:
            kill_group(child)
            if isinstance(why, subprocess.TimeoutExpired):
                raise DeadlinePassed(tried, f"no end after {timeout:g} s", "See what hangs there.") from None
            raise
        out.seek(0)
        err.seek(0)
        return Finished(child.returncode, out.read(), err.read())


def kill_group(child: subprocess.Popen[bytes]) -> None:
    """End the child and everything it started."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    child.wait()
