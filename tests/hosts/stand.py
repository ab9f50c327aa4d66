"""A pair with a failed node that can be put back to the moment before its rejoin, again and again."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from tests.hosts.checks import assert_standby, diverge, ledger_of, pypcp
from tests.hosts.lab.host import Host
from tests.hosts.lab.pair import Pair
from tests.hosts.lab.postgres import DATA, Template
from tests.hosts.lab.waiting import eventually

_HOME = DATA.rpartition("/")[0]
_KEPT = "/home/kept"  # on the same tmpfs
REJOIN = ["rejoin", "ser.bigdata.wh.com", "--yes", "--discard-diverged"]


class Run:
    """A rejoin that tells its steps to a file, which can be read at any time, also after its end."""

    def __init__(self, host: Host, words: Sequence[str] = REJOIN) -> None:
        self._told = host.path("/tmp/rejoin")
        with self._told.open("w") as file:
            self._program = host.popen(["pypcp", *words, "--json"], stdout=file, stderr=subprocess.STDOUT)

    def follow(self, step: str, event: str) -> None:
        """Wait until it has come to this event of this step."""
        what = f"{event} {step}"
        eventually(lambda: self.has_come_to(step, event) or self._program.popen.poll() is not None, 60, what, 0.005)
        assert self.has_come_to(step, event), f"the rejoin never came to {what}"

    def has_come_to(self, step: str, event: str) -> bool:
        lines = self._told.read_text().rpartition("\n")[0].splitlines()
        events = [json.loads(line) for line in lines if line.startswith("{")]
        return any((told.get("step", ""), told.get("event")) == (step, event) for told in events)

    def send(self, number: signal.Signals) -> None:
        self._program.send(number)

    def kill(self) -> None:
        self._program.kill()

    def output(self) -> tuple[int, str]:
        """Wait for the end; the exit code, 137 when it was killed, and all that it told."""
        code, _, _ = self._program.output()
        return code, self._told.read_text()


class Stand:
    """``ser`` has failed in one of three ways, ``bak`` is primary and clients write to it all the time."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.ledger = ledger_of(pair)
        self.usual = 0.0  # seconds that an undisturbed rejoin takes
        self.killed = 0  # rejoins that were ended by a kill, so far
        self._run: Run | None = None

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
            code, out = self.begin().output()
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

    def begin(self) -> Run:
        """Start a rejoin."""
        self.end_run()
        self._run = Run(self.pair.adm)
        return self._run

    def begin_and_kill(self, share: float) -> bool:
        """Kill a rejoin after this share of the time that one takes; whether it was over already."""
        run = self.begin()
        time.sleep(share * self.usual)
        run.kill()
        code, told = run.output()
        assert code in (0, 137) or code == 6 and "another one is at it" in told, f"exit {code}\n{told}"
        return code == 0

    def signalled_at(self, step: str, event: str, number: signal.Signals, tries: int = 5) -> tuple[int, str]:
        """What came of a rejoin to which this signal was sent at this event. Tried again when it was over already."""
        run = self.begin()
        run.follow(step, event)
        run.send(number)
        code, told = run.output()
        if code or tries == 1:
            return code, told
        self.reset()
        return self.signalled_at(step, event, number, tries - 1)

    def end_run(self) -> str:
        """End the last rejoin, which a test that failed may have left running; what it told."""
        if self._run is None:
            return ""
        self._run.kill()
        code, told = self._run.output()
        self.killed += code == 137
        self._run = None
        return told

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
