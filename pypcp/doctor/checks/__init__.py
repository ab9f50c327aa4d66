"""The checks, in groups, each a function from the facts to results, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pypcp.doctor.checks import failover, hosts, passwords, pgpool, postgres, watchdog
from pypcp.doctor.facts import Facts
from pypcp.doctor.result import Result

Check = Callable[[Facts], Iterator[Result]]
GROUPS: tuple[tuple[str, tuple[Check, ...]], ...] = (
    ("Hosts", hosts.CHECKS),
    ("PostgreSQL", postgres.CHECKS),
    ("pgpool", pgpool.CHECKS),
    ("Failover", failover.CHECKS),
    ("Watchdog", watchdog.CHECKS),
    ("Passwords and files", passwords.CHECKS),
)


def examine(facts: Facts) -> list[tuple[str, list[Result]]]:
    """All results, by group."""
    return [(group, [result for check in checks for result in check(facts)]) for group, checks in GROUPS]
