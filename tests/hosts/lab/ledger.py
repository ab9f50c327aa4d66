"""A client that writes numbered rows, and remembers every commit that was acknowledged to it.

As a program (on a host): ``ledger.py CONNINFO FIRST`` writes until it is killed and prints each number once its commit
was acknowledged. A number whose commit failed, or whose answer never came, is not used again.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.hosts.lab.host import Host
from tests.hosts.lab.postgres import Instance
from tests.hosts.lab.waiting import eventually

TABLE = "ledger"
_FILE = "/tmp/ledger"
_STEP = 1_000_000  # between the first numbers of two writers


class Ledger:
    """What was acknowledged to the writers on ``host``, who reach the database by ``conninfo``."""

    def __init__(self, host: Host, conninfo: str) -> None:
        self.host, self.conninfo = host, conninfo
        self._writers = 0

    def create(self, instance: Instance) -> None:
        instance.sql(f"CREATE TABLE {TABLE} (n bigint PRIMARY KEY); ALTER TABLE {TABLE} OWNER TO app", "app")

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A writer is at work inside this block; it has one acknowledged commit at least before the block begins."""
        self._writers += 1
        program = [sys.executable, "-m", "tests.hosts.lab.ledger", self.conninfo, str(self._writers * _STEP)]
        before = len(self.acknowledged())
        where = {"PYTHONPATH": str(__file__).rpartition("/tests/hosts/")[0]}
        with self.host.path(_FILE).open("a") as file:
            writer = self.host.popen(program, env=where, stdout=file)
        try:
            eventually(lambda: len(self.acknowledged()) > before or writer.popen.poll(), 20, "the ledger's first row")
            yield
        finally:
            writer.kill()
            writer.output()

    def acknowledged(self) -> set[int]:
        """Every number whose commit was acknowledged; a last line that the writer's end cut short does not count."""
        file = self.host.path(_FILE)
        whole = file.read_text().rpartition("\n")[0] if file.exists() else ""
        return set(map(int, whole.split()))

    def missing(self, instance: Instance) -> set[int]:
        """What was acknowledged and is not there."""
        return self.acknowledged() - set(map(int, instance.sql(f"SELECT n FROM {TABLE}", "app").split()))


def write(conninfo: str, first: int) -> None:
    """Write for ever, whatever fails."""
    numbers = itertools.count(first)
    while True:
        with suppress(Exception):  # the pair is being broken on purpose
            _write_until_it_breaks(conninfo, numbers)
        time.sleep(0.05)


def _write_until_it_breaks(conninfo: str, numbers: Iterator[int]) -> None:
    import psycopg

    with psycopg.connect(conninfo, autocommit=True, connect_timeout=2) as connection:
        for number in numbers:
            connection.execute(f"INSERT INTO {TABLE} VALUES ({number})".encode())
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()
            time.sleep(0.005)


if __name__ == "__main__":
    write(sys.argv[1], int(sys.argv[2]))
