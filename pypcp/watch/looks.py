"""Looks at a cluster, one after another, taken in the background."""

from __future__ import annotations

import queue
import threading
import time

from pypcp.status.facts import Facts
from pypcp.status.gather import Place, gather


class Looks:
    """Looks at ``place`` every ``interval`` seconds; each is over after ``deadline`` seconds at the latest.

    ``next`` gives a look when there is one. The thread does not keep the program from ending.
    """

    def __init__(self, place: Place, interval: float, deadline: float) -> None:
        self._place = place
        self._interval = interval
        self._deadline = deadline
        self._taken: queue.SimpleQueue[Facts] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="watch", daemon=True).start()

    def next(self, seconds: float) -> Facts | None:
        """The next look, or None if there is none within so many seconds."""
        try:
            return self._taken.get(timeout=seconds)
        except queue.Empty:
            return None

    def _run(self) -> None:
        while True:
            began = time.monotonic()
            self._taken.put(gather(self._place, self._deadline))
            time.sleep(max(0.0, self._interval - (time.monotonic() - began)))
