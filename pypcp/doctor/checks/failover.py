"""What makes pgpool fail over: its health check, and the command that promotes."""

from __future__ import annotations

from collections.abc import Iterator

from pypcp.doctor.facts import Facts, Program
from pypcp.doctor.result import Result, judged, unknown

_COMMANDS = {
    "failover_command": "the standby is promoted by it",
    "follow_primary_command": "the other standbys follow by it",
    "follow_master_command": "the other standbys follow by it",
}


def health(facts: Facts) -> Iterator[Result]:
    for pgpool in facts.pgpools.values():
        if not pgpool.settings:
            continue
        period = pgpool.settings.get("health_check_period", "0")
        yield judged(
            "health-check", pgpool.host, "the health check is on", "health_check_period is 0" if period == "0" else "",
            "pgpool would notice a dead node only when a client runs into it.",
            f"pypcp config set health_check_period=5 on {pgpool.host}, then pypcp reload-config",
        )  # fmt: skip


def is_set(facts: Facts) -> Iterator[Result]:
    for pgpool in facts.pgpools.values():
        if not pgpool.settings:
            continue
        yield judged(
            "failover-command", pgpool.host, "there is a failover_command",
            "" if pgpool.settings.get("failover_command") else "failover_command is empty",
            "pgpool would mark the primary down and promote nothing.", "See docs/failover.md, or: pypcp setup apply",
        )  # fmt: skip


def runs(facts: Facts) -> Iterator[Result]:
    for host in facts.pgpool_hosts:
        for name, use in _COMMANDS.items():
            program = host.programs.get(name)
            if program is None:
                continue
            yield judged(
                "command-runs", f"{host.name}: {name}", f"{host.user} may run its program", _trouble(program),
                f"It would fail when it is needed: {use}.", f"ssh {host.name} chmod 755 {program.path}",
            )  # fmt: skip
        if not host.user:
            yield unknown("command-runs", host.name, "pgpool's user may run its commands", "pgpool does not run there")


def _trouble(program: Program) -> str:
    if not program.path:
        return "it is not found"
    return "" if program.runs else f"{program.path} is not there, or not executable"


def writable(facts: Facts) -> Iterator[Result]:
    for host in facts.pgpool_hosts:
        for name, program in host.programs.items():
            yield judged(
                "command-writable", f"{host.name}: {name}", "not everybody may write the program",
                f"everybody may write {program.path} (chmod 777)" if program.is_writable else "",
                "Whoever logs in there becomes the user of pgpool, and so of PostgreSQL.",
                f"ssh {host.name} chmod 755 {program.path}",
            )  # fmt: skip


CHECKS = (health, is_set, runs, writable)
