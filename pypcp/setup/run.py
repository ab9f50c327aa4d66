"""Carry a plan out. Killed at any point, the same command does the rest: it looks anew at what is there."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timezone
from typing import Protocol

from pypcp.errors import DeadlinePassed, OperationFailed
from pypcp.hosts.host import Host
from pypcp.postgres.instance import Instance
from pypcp.setup import scripts
from pypcp.setup.files import Wanted
from pypcp.setup.gather import psql
from pypcp.setup.pair import Pair
from pypcp.setup.plan import Plan

POLL = 0.3  # seconds between two looks for the virtual IP


class Reporter(Protocol):
    """Is told what is done."""

    def told(self, host: str, title: str) -> AbstractContextManager[None]:
        """Is entered when something begins, and left when its effect was seen."""
        ...


class Runner:
    """One run on these hosts; ``wait`` is in seconds, for a pgpool to listen and for the virtual IP."""

    def __init__(self, pair: Pair, hosts: Mapping[str, Host], report: Reporter, wait: float) -> None:
        self._pair, self._hosts, self._told, self._wait = pair, hosts, report.told, wait

    def run(self, plan: Plan, primary: Instance | None) -> None:
        """All of the plan. Raises OperationFailed, DeadlinePassed, and what hosts raise."""
        for statement in plan.statements:
            assert primary
            with self._told(plan.primary, statement.shown):
                psql(self._hosts[plan.primary], primary, statement.database, statement.text + ";\n")
        stamp = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S.%fZ")
        for host in plan.hosts:
            paths = [write.file.path for write in plan.writes if write.host == host]
            with self._told(host, f"keep what is there in ~root/.pypcp-setup/{stamp}"):
                runs, pgpool = "yes" if host in plan.reloads else "no", self._pair.pgpool
                self._script(host, "backup", stamp, runs, pgpool.pid_file, f"{pgpool.directory}/pgpool.conf", *paths)
        for write in plan.writes:
            with self._told(write.host, write.title):
                self.write(write.host, write.file, write.text)
        for host in plan.reloads:
            if host not in plan.restarted:
                self.reload(host)
        restarted = plan.restarted
        for group in [restarted] if plan.at_once else [(host,) for host in restarted]:
            for host in group:
                self._stop(host)
            self._start(group, plan)
        self._start(plan.starts, plan)
        if (plan.starts or restarted) and set(plan.stopped) == set(plan.starts):
            with self._told(self._pair.name, f"see {self._pair.virtual_ip.address} on one host"):
                self._await_virtual_ip()

    def is_running(self, host: str) -> bool:
        """Whether pgpool runs there."""
        return self._script(host, "running", self._pair.pgpool.pid_file).strip() == "yes"

    def reload(self, host: str) -> None:
        """Let the running pgpool there read its files again."""
        with self._told(host, "reload pgpool"):
            self._script(host, "reload", self._pair.pgpool.pid_file)

    def write(self, host: str, file: Wanted, text: str) -> None:
        """Put the text into the file; a file in somebody's home is written as that user."""
        content = text.encode("utf-8", "surrogateescape")
        args = [file.path, f"{file.mode:o}", file.owner, str(len(content))]
        who = file.owner if file.path.startswith("~") else "root"
        done = self._hosts[host].run(scripts.text("write"), args, stdin=content, as_user=who)
        done.or_fail(f"write {file.path} on {host}", "Mend that, then run the same command again.")

    def _stop(self, host: str) -> None:
        pgpool = self._pair.pgpool
        with self._told(host, "stop pgpool"):
            words = [pgpool.pid_file, pgpool.unit, f"{self._wait:.0f}"]
            self._script(host, "stop", *words, timeout=self._wait + 60)

    def _start(self, hosts: Sequence[str], plan: Plan) -> None:
        """Start all of these, then wait for all: a watchdog waits for the other ones."""
        pgpool = self._pair.pgpool
        words = [pgpool.directory, pgpool.program, pgpool.pid_file, pgpool.unit, pgpool.user, pgpool.log_file]
        for host in hosts:
            with self._told(host, "start pgpool"):
                status = f"{pgpool.state_directory}/pgpool_status" if host in plan.fresh else ""
                self._script(host, "start", *words, status)
        sockets = [pgpool.socket_directory, str(pgpool.port), str(pgpool.pcp_port)]
        for host in hosts:
            with self._told(host, "wait until pgpool listens"):
                wait = [pgpool.log_file, pgpool.unit, f"{self._wait:.0f}"]
                self._script(host, "started", pgpool.pid_file, *sockets, *wait, timeout=self._wait + 60)

    def _await_virtual_ip(self) -> None:
        end = time.monotonic() + self._wait
        while len(holders := self.holders()) != 1:
            if time.monotonic() > end:
                address = self._pair.virtual_ip.address
                said = f"it is on {', '.join(holders) or 'none'} after {self._wait:g} s"
                raise DeadlinePassed(f"see {address} on one host", said, "See pgpool's log on each host.")
            time.sleep(POLL)

    def holders(self) -> list[str]:
        """The hosts that have the virtual IP right now."""
        address = self._pair.virtual_ip.address
        return [name for name in self._hosts if self._script(name, "holds", address).strip() == "yes"]

    def _script(self, host: str, script: str, *args: str, timeout: float = 60) -> str:
        done = self._hosts[host].run(scripts.text(script), args, as_user="root", timeout=timeout)
        if done.exit:
            raise OperationFailed(f"{script} on {host}", done.said, "Mend that, then run the same command again.")
        return done.stdout.decode("utf-8", "replace")
