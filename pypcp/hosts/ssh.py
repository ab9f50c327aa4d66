"""Another machine, through the OpenSSH client: the operator's own ~/.ssh/config, keys, agent and jump hosts apply.

One connection is made and shared by all scripts (ControlMaster), in a directory that only we can enter.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Sequence

from pypcp.errors import ConnectionBroken, ConnectionFailed, DeadlinePassed, PypcpError, WrongUsage
from pypcp.hosts import process, sessions
from pypcp.hosts.host import Finished
from pypcp.hosts.process import DidNotStay, Staying
from pypcp.hosts.sessions import Sessions, Who
from pypcp.hosts.shell import invocation, quote
from pypcp.hosts.socket_directory import SocketDirectory

SSH_FAILED = 255  # ssh's own exit status for "no connection" (ssh(1), EXIT STATUS)


class SshHost:
    """Scripts run on ``hostname`` as the user that ssh logs in as. Host keys are always checked.

    ``options`` are words placed before the hostname, such as ``["-o", "Port=2222"]``.
    Raises WrongUsage for a hostname that ssh would read as an option, or that holds a control character.
    """

    def __init__(self, hostname: str, options: Sequence[str] = (), connect_timeout: int = 10) -> None:
        if not hostname or hostname.startswith("-") or any(c.isspace() or ord(c) < 32 for c in hostname):
            raise WrongUsage(
                f"reach host {hostname!r} by ssh", "this is not a hostname", "Check pgpool's backend_hostname."
            )
        self.name = hostname
        self._directory = SocketDirectory()
        self._connecting = threading.Lock()
        self._connected = False
        self._failed: Finished | None = None  # what came of connect, until somebody is told
        self._sessions, self._has_sessions = Sessions(self._open), True
        self._ssh = ["ssh", "-T", *options]  # first, because ssh takes the first value it is given
        self._ssh += ["-o", "BatchMode=yes", "-o", f"ConnectTimeout={connect_timeout}"]
        self._ssh += ["-o", "StrictHostKeyChecking=yes", "-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=4"]
        self._ssh += ["-o", "ForwardAgent=no", "-o", "ForwardX11=no", "-o", "ClearAllForwardings=yes"]
        self._ssh += [
            "-o",
            f"ControlPath={self._directory.path}/c",
            "-o",
            "ControlMaster=auto",
            "-o",
            "ControlPersist=60",
        ]

    def connect(self) -> None:
        self._connecting.acquire()
        threading.Thread(target=self._connect, daemon=True).start()

    def _connect(self) -> None:
        try:
            ended = self._run(self.command(":"), b"", 60.0)
            self._connected = ended.exit != SSH_FAILED
            self._failed = None if self._connected else ended
        except PypcpError:
            pass  # whoever runs a script will meet it
        finally:
            self._connecting.release()

    def run(
        self,
        script: str,
        args: Sequence[str] = (),
        *,
        stdin: bytes = b"",
        as_user: str | None = None,
        owner_of: str | None = None,
        timeout: float = 60.0,
    ) -> Finished:
        words = self.command(script, args, as_user=as_user, owner_of=owner_of)
        finished = self._connecting_by(words, stdin, timeout)
        if not finished:
            session = self._session((as_user, owner_of))
            if session:
                return self._served(session, (as_user, owner_of), script, args, stdin, timeout)
            finished = self._run(words, stdin, timeout)
        if finished.exit == SSH_FAILED:
            raise self._unreachable(finished.said)
        return finished

    def _session(self, who: Who) -> Staying | None:
        """A session of that user; None where none can be had, and a script has to be run without."""
        try:
            return self._sessions.take(who) if self._has_sessions else None
        except DidNotStay:
            return None
        except DeadlinePassed:  # what lets us in holds back what is said, as a forced command may
            self._has_sessions = False
            return None

    def _open(self, who: Who) -> Staying:
        as_user, owner_of = who
        words = self.command(sessions.SCRIPT, as_user=as_user, owner_of=owner_of)
        return Staying(words, f"run a command on {self.name} by ssh", sessions.READY, sessions.PATIENCE)

    def _served(
        self, session: Staying, who: Who, script: str, args: Sequence[str], stdin: bytes, timeout: float
    ) -> Finished:
        try:
            finished = session.run(script, args, stdin=stdin, timeout=timeout)
        except ConnectionBroken as broken:
            raise self._unreachable(broken.said) from None
        self._sessions.give_back(who, session)
        return finished

    def _unreachable(self, said: str) -> ConnectionFailed:
        return ConnectionFailed(f"reach {self.name} by ssh", said, f"Try: ssh {quote([self.name])} true")

    def _connecting_by(self, words: Sequence[str], stdin: bytes, timeout: float) -> Finished | None:
        """Run this as the first one; None when there is a connection. Two at once would make two connections."""
        if self._connected:
            return None
        with self._connecting:
            if self._connected:
                return None
            finished, self._failed = self._failed or self._run(words, stdin, timeout), None
            self._connected = finished.exit != SSH_FAILED
            return finished

    def command(
        self, script: str, args: Sequence[str] = (), *, as_user: str | None = None, owner_of: str | None = None
    ) -> list[str]:
        """The argument list for the local ssh client that runs the script there."""
        return [*self._ssh, "--", self.name, quote(invocation(script, args, as_user, owner_of))]

    def _run(self, words: Sequence[str], stdin: bytes, timeout: float) -> Finished:
        try:
            return process.run(words, stdin, timeout, f"run a command on {self.name} by ssh")
        except FileNotFoundError:
            raise ConnectionFailed(
                f"reach {self.name} by ssh", "there is no ssh client on this machine", "Install openssh-client."
            ) from None

    def hold(
        self, script: str, args: Sequence[str] = (), *, as_user: str | None = None, owner_of: str | None = None
    ) -> Staying:
        words = self.command(script, args, as_user=as_user, owner_of=owner_of)
        return Staying(words, f"hold a command on {self.name} by ssh")

    def shown(self, words: Sequence[str]) -> str:
        return quote(["ssh", self.name, quote(words)])

    def close(self) -> None:
        self._sessions.close()
        if self._connected:
            closing = [*self._ssh, "-O", "exit", "--", self.name]
            subprocess.run(closing, stdin=subprocess.DEVNULL, capture_output=True, timeout=10, check=False)
            self._connected = False
        self._directory.close()
