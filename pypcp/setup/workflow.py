"""The whole of setup: look, decide, and run what was decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

from pypcp.hosts.host import Host
from pypcp.setup.advice import advice
from pypcp.setup.decide import decide
from pypcp.setup.facts import Facts
from pypcp.setup.gather import gather
from pypcp.setup.pair import Pair
from pypcp.setup.plan import Plan
from pypcp.setup.refusals import Refusal, Refused, refusals
from pypcp.setup.render import render
from pypcp.setup.run import Reporter, Runner
from pypcp.setup.secrets import Secrets
from pypcp.setup.undo import Backup, newest, restore


class Setup:
    """One pair that is being set up; a context manager that gives the hosts back. ``host_of`` reaches one by name."""

    def __init__(self, pair: Pair, secrets: Secrets, host_of: Callable[[str], Host]) -> None:
        self.pair, self.secrets = pair, secrets
        self.hosts: Mapping[str, Host] = {host.name: host_of(host.name) for host in pair.hosts}
        self.facts: Facts | None = None

    def look(self) -> Facts:
        """See how it is. Nothing is changed."""
        wanted = render(self.pair, self.secrets, {})
        paths = {name: [file.path for file in files] for name, files in wanted.items()}
        self.facts = gather(self.pair, self.hosts, paths)
        return self.facts

    def refusals(self) -> tuple[Refusal, ...]:
        """Every reason against changing anything."""
        return refusals(self.pair, self.secrets, self.facts or self.look())

    def advice(self) -> list[str]:
        """What may surprise though nothing stands against it."""
        return advice(self.pair, self.facts or self.look())

    def differences(self) -> Plan:
        """What would be done if nothing stood against it."""
        return decide(self.pair, self.secrets, self.facts or self.look(), start=False)

    def plan(self, start: bool = False, restart: bool = False) -> Plan:
        """What is to be done. Raises Refused with every reason against it."""
        if found := self.refusals():
            raise Refused(self.pair.name, found)
        return decide(self.pair, self.secrets, self.facts or self.look(), start, restart)

    def run(self, plan: Plan, report: Reporter, wait: float = 60.0) -> None:
        """Do it. Raises what the steps raise; the same command run again goes on from there."""
        assert self.facts
        primary = next((host.postgres for host in self.facts.hosts if host.name == plan.primary), None)
        Runner(self.pair, self.hosts, report, wait).run(plan, primary)

    def backups(self) -> list[Backup]:
        """What can be gone back to: the newest backup of each host that has one."""
        found = (newest(host) for host in self.hosts.values())
        return [backup for backup in found if backup]

    def undo(self, backups: Sequence[Backup], report: Reporter) -> None:
        """Go back to them, and reload the pgpools that run. Roles and extensions stay."""
        runner = Runner(self.pair, self.hosts, report, wait=0)
        for backup in backups:
            restore(backup, self.hosts[backup.host], runner, report)

    def close(self) -> None:
        for host in self.hosts.values():
            host.close()

    def __enter__(self) -> Setup:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
