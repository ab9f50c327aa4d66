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
    late.daemon = True  # an interrupt that comes just now must not wait for it
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


class DidNotStay(OperationFailed):
    """A script that was to stay ended at once: ``finished`` says how."""

    def __init__(self, tried: str, finished: Finished) -> None:
        super().__init__(tried, finished.said if finished.stderr.strip() else "it ended without a word")
        self.args = (tried, finished)
        self.finished = finished


class Staying:
    """A child process that stays until it is let go, and is told every few seconds that somebody still wants it.

    It gives up by itself when this process is killed (its stdin ends) or cut off (no heartbeat comes through). Where it
    serves (serve.sh) it runs scripts, one after the other; one that runs then goes on to its end.

    ``ready`` is the beginning of its first line; lines before that, of a login script, are skipped.
    Raises DidNotStay when it ends without one, and DeadlinePassed after ``patience`` seconds.
    """

    def __init__(self, words: Sequence[str], tried: str, ready: str = "", patience: float = 30.0) -> None:
        self._tried = tried
        self._complaints = tempfile.TemporaryFile()
        self._child = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._complaints, start_new_session=True
        )
        try:
            with self._in_time(patience):
                self.line = self._first_line(ready)
        except DeadlinePassed:
            self._close()
            raise
        if not self.line:
            kill_group(self._child)
            ended = Finished(self._child.returncode, b"", self._complained())
            self._close()
            raise DidNotStay(tried, ended)
        self._writing, self._running, self._let_go = threading.Lock(), threading.Lock(), threading.Event()
        self._is_busy = False  # and so it stays when a script's answer was not waited for
        self._heart = threading.Thread(target=self._beat, daemon=True)
        self._heart.start()

    @property
    def is_there(self) -> bool:
        """Whether it has not ended by itself."""
        return self._child.poll() is None

    def run(self, script: str, args: Sequence[str] = (), *, stdin: bytes = b"", timeout: float = 60.0) -> Finished:
        code = f"set -- {quote(args)}\n{script}".encode("utf-8", "surrogateescape")
        with self._running, self._in_time(timeout):
            try:
                self._is_busy = True
                self._tell(b"run %d %d\n%s%s" % (len(code), len(stdin), code, stdin))
                answer = self._answer()
                self._is_busy = False
                return answer
            except (OSError, ValueError) as why:
                said = " ".join(self._complained().decode("utf-8", "replace").split())
                raise ConnectionBroken(self._tried, said or str(why), "Run the same command again.") from None

    def release(self) -> None:
        self._let_go.set()
        self._heart.join()
        with contextlib.suppress(OSError):
            assert self._child.stdin
            self._child.stdin.close()
        try:
            self._child.wait(0.2 if self._is_busy else 5)
        except subprocess.TimeoutExpired:
            kill_group(self._child)
        self._close()

    def abandon(self) -> None:
        """Let it go, and do not wait for anything."""
        self._let_go.set()
        kill_group(self._child)
        self._close()

    def _first_line(self, ready: str) -> str:
        assert self._child.stdout
        for line in self._child.stdout:
            if line.decode("utf-8", "replace").startswith(ready):
                return line.decode("utf-8", "replace").rstrip("\n")
        return ""

    def _answer(self) -> Finished:
        """What came of a script. Raises ValueError for an answer that is none."""
        assert self._child.stdout
        line = self._child.stdout.readline()
        if not line:
            raise ValueError("the connection ended")
        status, *sizes = map(int, line.split())
        said, complained = (self._child.stdout.read(size) for size in sizes)
        if [len(said), len(complained)] != sizes:
            raise ValueError("the connection ended in the middle of an answer")
        return Finished(status, said, complained)

    @contextlib.contextmanager
    def _in_time(self, seconds: float) -> Iterator[None]:
        """Raises DeadlinePassed when the block lasts longer; the child is killed then."""
        with _killed_after(seconds, self._child) as overdue:
            try:
                yield
            except ConnectionBroken:
                if not overdue.is_set():
                    raise
        if overdue.is_set():
            raise DeadlinePassed(self._tried, f"no end after {seconds:g} s", "See what hangs there.")

    def _complained(self) -> bytes:
        self._complaints.seek(0)
        return self._complaints.read()

    def _tell(self, line: bytes) -> None:
        assert self._child.stdin
        with self._writing:
            self._child.stdin.write(line)
            self._child.stdin.flush()

    def _beat(self) -> None:
        with contextlib.suppress(OSError):  # it has ended; release sees that
            while not self._let_go.wait(HEARTBEAT):
                if not self._is_busy:  # it does not listen then
                    self._tell(b".\n")

    def _close(self) -> None:
        for stream in (self._child.stdin, self._child.stdout, self._complaints):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()
