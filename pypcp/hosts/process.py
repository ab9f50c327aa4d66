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
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence

from pypcp.errors import ConnectionBroken, DeadlinePassed, OperationFailed
from pypcp.hosts.host import Finished
from pypcp.hosts.shell import quote

HEARTBEAT = 5.0  # seconds; a held script gives up after several of these without one


def run(words: Sequence[str], stdin: bytes, timeout: float, tried: str) -> Finished:
    """Run the command; the whole process group is killed when ``timeout`` seconds are over.

    Raises DeadlinePassed then, with ``tried`` as what was tried, and OSError when it cannot be started.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=out, stderr=err, start_new_session=True)
        with _killed_after(timeout, child) as overdue:
            try:
                child.communicate(stdin)  # a pipe: what goes in may be a password, which no disk should see
            except BaseException:
                kill_group(child)
                raise
        if overdue.is_set():
            raise DeadlinePassed(tried, f"no end after {timeout:g} s", "See what hangs there.")
        out.seek(0)
        err.seek(0)
        return Finished(child.returncode, out.read(), err.read())


@contextlib.contextmanager
def _killed_after(seconds: float, child: subprocess.Popen[bytes]) -> Iterator[threading.Event]:
    """Kill the child when the time is over; the event then tells. (Popen's own timeout polls, up to 50 ms too long.)"""
    overdue = threading.Event()

    def end() -> None:
        overdue.set()
        kill_group(child)

    late = threading.Timer(seconds, end)
    late.start()
    try:
        yield overdue
    finally:
        late.cancel()


def kill_group(child: subprocess.Popen[bytes]) -> None:
    """End the child and everything it started."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    child.wait()


class Staying:
    """A child process that stays until it is let go, and is told every few seconds that somebody still wants it.

    It gives up by itself when this process is killed (its stdin ends) or cut off (no heartbeat comes through). While it
    stays it runs scripts, one after the other; one that runs then goes on to its end.
    """

    def __init__(self, words: Sequence[str], tried: str, patience: float = 30.0) -> None:
        self._tried = tried
        with tempfile.TemporaryFile() as complaints:
            self._child = subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, start_new_session=True
            )
            self.line, _ = self._hear(patience)
            if not self.line:
                kill_group(self._child)
                self._close()
                complaints.seek(0)
                said = " ".join(complaints.read().decode("utf-8", "replace").split())
                raise OperationFailed(tried, said or "it ended without a word")
        self._writing, self._let_go = threading.Lock(), threading.Event()
        self._heart = threading.Thread(target=self._beat, daemon=True)
        self._heart.start()

    def run(self, script: str, args: Sequence[str] = (), *, stdin: bytes = b"", timeout: float = 60.0) -> Finished:
        code = quote(["sh", "-c", script, "pypcp", *args]).encode("utf-8", "surrogateescape")
        try:
            self._tell(b"run %s %s" % (b64encode(code), b64encode(stdin)))
            answer, overdue = self._hear(timeout)
        except OSError:
            answer, overdue = "", False
        if overdue:
            raise DeadlinePassed(self._tried, f"no end after {timeout:g} s", "See what hangs there.")
        try:
            status, said, complained = answer.split(" ")
            return Finished(int(status), b64decode(said, validate=True), b64decode(complained, validate=True))
        except ValueError:
            why = f"unexpected answer {answer[:60]!r}" if answer else "the connection ended"
            raise ConnectionBroken(self._tried, why, "Run the same command again.") from None

    def _hear(self, patience: float) -> tuple[str, bool]:
        """The next line, and whether the time was over before it came; the child is killed then."""
        assert self._child.stdout
        with _killed_after(patience, self._child) as overdue:
            return self._child.stdout.readline().decode("utf-8", "replace").rstrip("\n"), overdue.is_set()

    def _tell(self, line: bytes) -> None:
        assert self._child.stdin
        with self._writing:
            self._child.stdin.write(line + b"\n")
            self._child.stdin.flush()

    def _beat(self) -> None:
        with contextlib.suppress(OSError):  # it has ended; release sees that
            while not self._let_go.wait(HEARTBEAT):
                self._tell(b".")

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
