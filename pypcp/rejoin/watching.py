"""How far a long step is: what pg_rewind and pg_basebackup say of themselves, read from their log while they work."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pypcp.errors import PypcpError
from pypcp.hosts.host import Host

INTERVAL = 1.0  # seconds; both tools write no more often
# "12345/67890 kB (18%) copied" of pg_rewind, "12345/67890 kB (18%), 0/1 tablespace" of pg_basebackup, since 9.5
_SAID = re.compile(r"(\d+)/\s*(\d+) kB \((\d+)%\)")
# A log that is older than this run's lock is that of a former one.
_SCRIPT = '[ "$1" -nt "$2" ] && tail -c 400 -- "$1"; :'


@dataclass(frozen=True)
class Amount:
    """How much of how much is done, in kB; ``percent`` as the tool counts."""

    done: int
    total: int
    percent: int


def read(text: str) -> Amount | None:
    """The last that the tool said, None when it has said nothing yet."""
    said = _SAID.findall(text)
    return Amount(*map(int, said[-1])) if said else None


@contextlib.contextmanager
def watched(host: Host, log: str, lock: str, owner: str, tell: Callable[[Amount], None]) -> Iterator[None]:
    """While the block runs, ``tell`` each new amount that stands in ``log`` on ``host``, from a thread of its own.

    ``lock`` is the file of the run's lock there, ``owner`` who may read both. What cannot be read is not told.
    """
    over = threading.Event()

    def look() -> None:
        last: Amount | None = None
        while not over.wait(INTERVAL):
            answer = host.run(_SCRIPT, [log, lock], as_user=owner, timeout=20.0)
            now = read(answer.stdout.decode("utf-8", "replace"))
            if now and now != last and not over.is_set():
                tell(now)
            last = now

    def look_in_peace() -> None:
        with contextlib.suppress(PypcpError):  # the step itself finds out when the host is gone
            look()

    watcher = threading.Thread(target=look_in_peace, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
