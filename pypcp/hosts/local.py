"""This machine as a host."""

from __future__ import annotations

from collections.abc import Sequence

from pypcp.hosts import process
from pypcp.hosts.host import Finished
from pypcp.hosts.process import Staying
from pypcp.hosts.shell import invocation, quote


class LocalHost:
    """Scripts run here, without ssh. ``name`` is the name under which pgpool knows this machine."""

    def __init__(self, name: str = "localhost") -> None:
        self.name = name

    def connect(self) -> None:
        pass

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
        words = invocation(script, args, as_user, owner_of)
        return process.run(words, stdin, timeout, f"run a command on this machine ({self.name})")

    def hold(
        self, script: str, args: Sequence[str] = (), *, as_user: str | None = None, owner_of: str | None = None
    ) -> Staying:
        return Staying(invocation(script, args, as_user, owner_of), f"hold a command on this machine ({self.name})")

    def shown(self, words: Sequence[str]) -> str:
        return quote(words)

    def close(self) -> None:
        pass
