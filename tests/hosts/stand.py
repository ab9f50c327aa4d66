"""A pair with a failed node that can be put back to the moment before its rejoin, again and again."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.hosts.checks import assert_standby, diverge, ledger_of, pypcp
from tests.hosts.lab.host import Host, Program
from tests.hosts.lab.pair import Pair
from tests.hosts.lab.postgres import DATA, Template
from tests.hosts.lab.waiting import eventually

_HOME = DATA.rpartition("/")[0]
_KEPT = "/home/kept"  # on the same tmpfs
REJOIN = ["rejoin", "ser.bigdata.wh.com", "--yes", "--discard-diverged"]


class Stand:
    """``ser`` has failed in one of three ways, ``bak`` is primary and clients write to it all the time."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.ledger = ledger_of(pair)
        self.usual = 0.0  # seconds that an undisturbed rejoin takes
        self._run: Program | None = None

    @contextmanager
    def failed(self, how: str) -> Iterator[None]:
        """Fail ``ser``: "clean" as a stopped primary, "stop" or "kill" after it went its own way."""
        pair = self.pair
        if how == "clean":
            pair.postgres[pair.ser].stop()
            pair.pgpool.wait_for("standby down", "primary up")
        else:
            diverge(pair, how)
        pair.ser.run(["cp", "--archive", _HOME, _KEPT])
        with self.ledger.writing():
            self.converge()
            self.reset()
            began = time.monotonic()
            code, out, _ = self.begin().output()
            self.usual = time.monotonic() - began
            assert code == 0, out
            yield

    def reset(self) -> None:
        """Put ``ser`` back to its failure, as if no rejoin had ever been tried."""
        pair = self.pair
        self.end_run()
        if not pair.ser.is_on:
            pair.boot(pair.ser)
        eventually(self._is_out_of_service, 30, "ser out of service", every=0.3)
        pair.ser.run(["pkill", "-KILL", "--uid", "postgres"], check=False)
        pair.ser.run(["rm", "-rf", _HOME])
        pair.ser.run(["cp", "--archive", _KEPT, _HOME])

    def _is_out_of_service(self) -> bool:
        """Asked anew each time: a request is lost when pgpool renews its processes just then, as after an attach."""
        if self.pair.pgpool.summary() == ["standby down", "primary up"]:
            return True
        self.pair.adm.run(["pcp_detach_node", "-w", "-h", "localhost", "-p", "9898", "-n", "0"], check=False)
        return False

    def begin(self) -> Program:
        """Start a rejoin that tells its steps on stdout."""
        self.end_run()
        self._run = self.pair.adm.popen(["pypcp", *REJOIN, "--json"], stderr=subprocess.STDOUT)
        return self._run

    def begin_and_kill(self, share: float) -> bool:
        """Kill a rejoin after this share of the time that one takes; whether it was over already."""
        run = self.begin()
        time.sleep(share * self.usual)
        run.kill()
        return run.output()[0] == 0

    def end_run(self) -> None:
        """A test that failed may have left its rejoin running: it must not disturb the next one."""
        if self._run is not None and self._run.popen.stdout and not self._run.popen.stdout.closed:
            self._run.kill()
            self._run.output()
        self._run = None

    def converge(self, here: Host | None = None) -> None:
        """Run the rejoin once more, on this host, else on the one of pgpool.

        It ends well, ``ser`` follows ``bak``, and no acknowledged commit is missing.
        """
        pair, where = self.pair, here or self.pair.adm
        words = [*REJOIN, "--host", pair.adm.name]
        end = time.monotonic() + 40  # the lock of a run that was killed ends by itself within half a minute
        done = pypcp(where, *words)
        while done.returncode == 6 and "another one is at it" in done.stderr and time.monotonic() < end:
            time.sleep(0.1)
            done = pypcp(where, *words)
        assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout}{done.stderr}"
        acknowledged = self.ledger.acknowledged()
        pair.wait_until_equal()
        assert_standby(pair, pair.ser, pair.bak)
        assert pair.postgres[pair.ser].sql("SELECT to_regclass('lost')", "app") == ""
        for instance in pair.postgres.values():
            assert not acknowledged & self.ledger.missing(instance)


class Stands:
    """Stands by how ``ser`` failed; one is up at a time, and stays up until another is asked for."""

    def __init__(self, template: Template) -> None:
        self._template, self._how, self._up = template, "", ExitStack()
        self._stand: Stand | None = None

    def get(self, how: str) -> Stand:
        """The stand for this failure, as if no rejoin had ever been tried."""
        if self._stand is None or how != self._how:
            self.close()
            # room in WAL for a node that comes back again and again
            pair = self._up.enter_context(Pair(self._template, settings="wal_keep_size = 2GB\n"))
            self._how, self._stand = how, Stand(pair)
            self._up.enter_context(self._stand.failed(how))
        self._stand.reset()
        return self._stand

    def close(self) -> None:
        if self._stand:
            self._stand.end_run()
        self._up.close()
        self._stand = None
