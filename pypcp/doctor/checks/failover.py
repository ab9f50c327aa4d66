"""What makes pgpool fail over: its health check, and the command that promotes."""

from __future__ import annotations

from collections.abc import Iterator

from pypcp.doctor.facts import Facts, Program
from pypcp.doctor.result import Result, judged, unknown, unseen
from pypcp.hosts.shell import quote

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
    title = "pgpool's user may run its commands"
    yield from unseen("command-runs", title, facts.unseen_pgpools)
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
            yield unknown("command-runs", host.name, title, "pgpool does not run there")


def _trouble(program: Program) -> str:
    if not program.path:
        return "it is not found"
    return "" if program.runs else f"{program.path} is not there, or not executable"


def writable(facts: Facts) -> Iterator[Result]:
    title = "not everybody may write the program"
    yield from unseen("command-writable", title, facts.unseen_pgpools)
    for host in facts.pgpool_hosts:
        for name, program in host.programs.items():
            yield judged(
                "command-writable", f"{host.name}: {name}", title,
                f"everybody may write {' and '.join(program.writable)} (as by chmod 777)" if program.writable else "",
                "Whoever logs in there becomes the user of pgpool, and so of PostgreSQL.",
                quote(["ssh", host.name, quote(["chmod", "o-w", *program.writable])]),
            )  # fmt: skip


def alike(facts: Facts) -> Iterator[Result]:
    """Scripts of the operator's own; where one could not be read, the other checks say so."""
    for name in _COMMANDS:
        found = {host.name: each for host in facts.pgpool_hosts if (each := host.programs.get(name)) and each.checksum}
        if len(found) < 2:
            continue
        places = [f"{host}:{each.path}" for host, each in found.items()]
        yield judged(
            "same-script", name, "its script is the same on every host",
            "" if len({each.checksum for each in found.values()}) == 1 else f"different: {', '.join(places)}",
            "After the next failover another pgpool leads, and runs the other one.",
            "Compare them, and copy the right one to the others.", warns=True,
        )  # fmt: skip


CHECKS = (health, is_set, runs, writable, alike)
