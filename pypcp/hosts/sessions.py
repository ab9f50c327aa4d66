"""Sessions on a host that run one script after the other: to open one takes longer than most scripts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from pypcp.hosts.process import Staying

SERVE = Path(__file__).with_name("serve.sh").read_text("utf-8")
READY = "pypcp is served"
PATIENCE = 15.0  # seconds until it says so
SCRIPT = f'{SERVE}echo "{READY} as $(id -un)"\nserve\n'

Who = tuple[str | None, str | None]  # as_user and owner_of, as for Host.run


class Sessions:
    """The sessions on one host. ``open`` starts SCRIPT there as that user, and gives it once it is ready."""

    def __init__(self, open: Callable[[Who], Staying]) -> None:
        self._open = open
        self._free: list[tuple[Who, Staying]] = []
        self._all: list[Staying] = []
        self._lock = threading.Lock()

    def take(self, who: Who) -> Staying:
        """One that is free, or a new one; nobody else gets it until it is given back. Raises as ``open``."""
        with self._lock:
            self._free = [each for each in self._free if each[1].is_there]
            for each in self._free:
                if each[0] == who or each[1].line == f"{READY} as {who[0]}":
                    self._free.remove(each)
                    return each[1]
        session = self._open(who)
        with self._lock:
            self._all.append(session)
        return session

    def give_back(self, who: Who, session: Staying) -> None:
        """Let others have it: its script has ended."""
        with self._lock:
            self._free.append((who, session))

    def close(self) -> None:
        """End them all, also those whose scripts still run: these go on to their ends."""
        for session in self._all:
            session.abandon()
        self._all, self._free = [], []
