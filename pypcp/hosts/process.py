"""Run a child process to its end or to a deadline. Its output goes through files, not pipes.

With pipes, a grandchild that keeps one open (a server that was just started, ssh's shared connection in the
background) would keep us waiting for an end that never comes.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Sequence

from pypcp.errors import DeadlinePassed, OperationFailed
from pypcp.hosts.host import Finished

HEARTBEAT = 5.0  # seconds; a held script gives up after several of these without one


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


class Staying:
    """A child process that stays until it is let go, and is told every few seconds that somebody still wants it.

    It gives up by itself when this process is killed (its stdin ends) or cut off (no heartbeat comes through).
    """

    def __init__(self, words: Sequence[str], tried: str, patience: float = 30.0) -> None:
        with tempfile.TemporaryFile() as complaints:
            self._child = subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, start_new_session=True
            )
            late = threading.Timer(patience, kill_group, [self._child])
            late.start()
            assert self._child.stdout and self._child.stdin
            self.line = self._child.stdout.readline().decode("utf-8", "replace").strip()
            late.cancel()
            if not self.line:
                kill_group(self._child)
                self._close()
                complaints.seek(0)
                said = " ".join(complaints.read().decode("utf-8", "replace").split())
                raise OperationFailed(tried, said or "it ended without a word")
        self._let_go = threading.Event()
        self._heart = threading.Thread(target=self._beat, daemon=True)
        self._heart.start()

    def _beat(self) -> None:
        assert self._child.stdin
        try:
            while not self._let_go.wait(HEARTBEAT):
                self._child.stdin.write(b".")
                self._child.stdin.flush()
        except OSError:
            pass  # it has ended; release sees that

    def release(self) -> None:
        self._let_go.set()
        self._heart.join()
        self._close()
        try:
            self._child.wait(5)
        except subprocess.TimeoutExpired:
            kill_group(self._child)

    def _close(self) -> None:
        for stream in (self._child.stdin, self._child.stdout):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()
