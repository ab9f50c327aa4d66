"""What a host can do for us: run one fixed script with arguments, and say how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pypcp.errors import OperationFailed


@dataclass(frozen=True)
class Finished:
    """How a script ended: its exit status, and what it wrote, as bytes."""

    exit: int
    stdout: bytes
    stderr: bytes

    @property
    def said(self) -> str:
        """The last lines of what it complained, in one line for an error message."""
        text = (self.stderr or self.stdout).decode("utf-8", "replace")
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return "; ".join(lines[-3:]) or f"exit status {self.exit}, no message"

    def or_fail(self, tried: str, do: str = "") -> Finished:
        """Itself when the exit status is 0; raises OperationFailed otherwise."""
        if self.exit:
            raise OperationFailed(tried, self.said, do)
        return self


class Held(Protocol):
    """A script that stays, until ``release``. ``line`` is the first line that it wrote."""

    line: str

    def run(self, script: str, args: Sequence[str] = (), *, stdin: bytes = b"", timeout: float = 60.0) -> Finished:
        """Have it run a script as ``Host.run`` does, as its own child: what it holds, the script holds to its end.

        Raises ConnectionBroken when it has ended, DeadlinePassed when the time is over.
        """
        ...

    def release(self) -> None:
        """Let it go, and wait for its end."""
        ...


class Host(Protocol):
    """A place where scripts run. ``name`` is what messages call it."""

    name: str

    def connect(self) -> None:
        """Begin to connect, and do not wait for it: the first script does, and fails as this has failed."""
        ...

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
        """Run the text of a POSIX shell script; its arguments arrive as ``$1``, ``$2``, ... unchanged.

        ``as_user`` runs it as that user of the host, ``owner_of`` as the user who owns that path there (at most one of
        the two). ``timeout`` is in seconds.

        Raises ConnectionFailed when the host cannot be reached or asked, DeadlinePassed when the time is over.
        """
        ...

    def hold(
        self, script: str, args: Sequence[str] = (), *, as_user: str | None = None, owner_of: str | None = None
    ) -> Held:
        """Start a script that stays until it is let go, and wait for its first line. It runs as ``run`` would run it.

        The script gets a line ``.`` on stdin every few seconds, and its end when it is let go or when this process
        dies; and each script to run as serve.sh explains. Raises as ``run`` does, and OperationFailed when it ends
        without a first line.
        """
        ...

    def shown(self, words: Sequence[str]) -> str:
        """The command of these words as an operator would type it from here, for a message."""
        ...

    def close(self) -> None:
        """Give back what is kept open, such as the shared ssh connection."""
        ...
