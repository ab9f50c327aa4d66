"""Run programs as the servers' user, and know which processes are the lab's.

A process is the lab's when it is a server program whose working directory lies in the lab: PostgreSQL changes to its
data directory (miscinit.c, `ChangeToDataDir`), and pgpool is started in its own. That holds for children whose parent
was killed, for servers that somebody else started again, and for a process id that was given to another program
meanwhile; what a pid file says does not.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pypcp.errors import DeadlinePassed, OperationFailed

SERVERS = ("postgres", "pgpool")
INTERRUPTS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


@dataclass(frozen=True)
class Runner:
    """Runs programs as ``user``, found in ``bindir``, with ``directory`` as their home and working directory."""

    user: pwd.struct_passwd
    bindir: Path
    directory: Path

    def environment(self, **more: str) -> dict[str, str]:
        """What programs see. Nothing of the caller's: his PGHOST or PGOPTIONS would lead them elsewhere."""
        path = f"{self.bindir}:/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin:/sbin:/bin"
        return {"PATH": path, "HOME": str(self.directory), "LC_ALL": "C", **more}

    def start(self, command: Sequence[str | Path], directory: Path, log: Path) -> subprocess.Popen[bytes]:
        """Start a server that stays in ``directory`` and writes to ``log``, out of Ctrl-C's reach."""
        with log.open("ab") as output:
            os.chown(log, self.user.pw_uid, self.user.pw_gid)
            return subprocess.Popen(
                command,
                cwd=directory,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                umask=0o077,
                **self._identity(),
            )

    def run(self, command: Sequence[str | Path], stdin: str = "", timeout: float = 60.0, **environment: str) -> str:
        """What the program printed. Raises OperationFailed with its last words, DeadlinePassed if it does not end."""
        process: subprocess.Popen[str] = subprocess.Popen(
            command,
            cwd=self.directory,
            env=self.environment(**environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
            umask=0o077,
            **self._identity(),
        )
        name = os.path.basename(command[0])
        try:
            said, complained = process.communicate(stdin, timeout)
        except subprocess.TimeoutExpired:
            _end(process)
            raise DeadlinePassed(f"run {name}", f"it did not end within {timeout:g} s") from None
        except BaseException:
            with undisturbed():
                _end(process)
            raise
        if process.returncode:
            lines = (complained.strip() or said.strip() or f"exit status {process.returncode}").splitlines()
            raise OperationFailed(f"run {name}", " / ".join(line.strip() for line in lines[-3:]))
        return said

    def _identity(self) -> dict[str, Any]:
        if os.geteuid() != 0:
            return {}
        groups = os.getgrouplist(self.user.pw_name, self.user.pw_gid)
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": groups}

    def processes(self, directory: Path) -> list[int]:
        """The servers whose working directory is ``directory`` or below it."""
        with looking_as(self.user):
            pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
            return [pid for pid in pids if _is_server_in(pid, directory)]

    def end(self, directory: Path, signals: Sequence[tuple[signal.Signals, float]]) -> None:
        """End the servers in ``directory``: a signal, as many seconds of patience, then the next one.

        The main process ends its children; only a SIGKILL is for all. Raises DeadlinePassed when some outlive the last.
        """
        for number, patience in signals:
            found = self.processes(directory)
            for pid in found:
                if number == signal.SIGKILL or _parent(pid) not in found:
                    _send(pid, number)
                if number != signal.SIGKILL:
                    _send(pid, signal.SIGCONT)  # one that was frozen has to wake up to obey
            if wait_until(lambda: not self.processes(directory), patience):
                return
        raise DeadlinePassed(f"end the servers in {directory}", f"still running: {self.processes(directory)}")

    def main_process(self, directory: Path) -> int | None:
        """The server in ``directory`` that started the others there, if one runs."""
        found = self.processes(directory)
        return next((pid for pid in found if _parent(pid) not in found), None)


def wait_until(check: Callable[[], object], within: float, pause: float = 0.03) -> bool:
    """Whether ``check()`` came true within as many seconds; asked every ``pause`` seconds."""
    until = time.monotonic() + within
    while not check():
        if time.monotonic() > until:
            return False
        time.sleep(pause)
    return True


def _send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Let no second Ctrl-C interrupt the cleaning up after the first: it comes when that is done."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _parent(pid: int) -> int:
    try:
        # The second field is the program's name in brackets, with whatever characters it has.
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return 0


def _is_server_in(pid: int, directory: Path) -> bool:
    try:
        place = Path(os.readlink(f"/proc/{pid}/cwd").removesuffix(" (deleted)"))
        program = os.path.basename(os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)"))
    except OSError:
        return False  # somebody else's, or gone
    return program in SERVERS and place.is_relative_to(directory)


@contextlib.contextmanager
def looking_as(user: pwd.struct_passwd) -> Iterator[None]:
    """See the processes of ``user``. In a container even root may not look at another user's working directory."""
    if os.geteuid() != 0:
        yield
        return
    group = os.getegid()
    try:
        os.setegid(user.pw_gid)
        os.seteuid(user.pw_uid)
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)


def _end(process: subprocess.Popen[str]) -> None:
    """End a program and what it started.

    Only the program is asked: initdb and pg_basebackup then clean up, and their children end at the end of their input.
    """
    process.terminate()
    if not wait_until(lambda: process.poll() is not None and not _is_group(process.pid), 5.0):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def _is_group(number: int) -> bool:
    """Whether any process is left of the group; a zombie is, until somebody asked how it ended."""
    try:
        os.killpg(number, 0)
    except ProcessLookupError:
        return False
    return True
