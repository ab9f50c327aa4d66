"""The watchdog: quorum, heartbeats both ways, the delegate IP on exactly one host, and the commands that move it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pypcp.doctor.facts import Facts, Host
from pypcp.doctor.result import Result, judged, unknown, unseen


def _has_watchdog(facts: Facts) -> bool:
    return len(facts.pgpools) > 1 or facts.status.watchdog is not None


def quorum(facts: Facts) -> Iterator[Result]:
    for pgpool in facts.pgpools.values():
        if not pgpool.watchdog:
            continue
        said = "" if pgpool.watchdog.quorum_status >= 0 else f"quorum is {pgpool.watchdog.quorum.value}"
        yield judged(
            "quorum", pgpool.host, "the watchdog has quorum", said,
            "Without it no pgpool fails over, nor holds the virtual IP.", "Start the pgpools that are missing.",
        )  # fmt: skip
        lost = [
            member.hostname
            for member in pgpool.watchdog.nodes
            if member.state_name not in ("LEADER", "STANDBY", "MASTER")
        ]
        yield judged(
            "members", pgpool.host, "it sees every other pgpool", f"{', '.join(lost)} is away" if lost else "",
            "There is nobody to take over the virtual IP.", "pypcp watchdog-info",
        )  # fmt: skip


def heartbeats(facts: Facts) -> Iterator[Result]:
    """Each host listens on the port to which the others send, by their own pgpool.conf."""
    if not _has_watchdog(facts):
        return
    title = "its heartbeat arrives"
    yield from unseen("heartbeat", title, facts.unseen_pgpools)
    for host in facts.pgpool_hosts:
        if not host.conf or host.conf.get("wd_lifecheck_method", "heartbeat") != "heartbeat":
            continue
        for other in facts.pgpool_hosts:
            if other.name == host.name or not other.conf:
                continue
            port = _port_of(host, other.name)
            said = ""
            if port is None:
                said = f"its pgpool.conf sends none to {other.name}"
            elif port not in other.udp:
                said = f"it sends to port {port} of {other.name}, where nobody listens"
            yield judged(
                "heartbeat", f"{host.name} to {other.name}", title, said,
                "A pgpool whose heartbeat is missing is taken for dead, and two lead.",
                "heartbeat_hostnameN and heartbeat_portN must be the same on both: pypcp config diff",
            )  # fmt: skip


def _port_of(host: Host, other: str) -> int | None:
    """The port to which a host sends heartbeats for another: heartbeat_hostnameN, before 4.2 heartbeat_destinationN."""
    for name, value in host.conf.items():
        if re.fullmatch(r"heartbeat_(hostname|destination)\d+", name) and value == other:
            number = re.sub(r"\D", "", name)
            port = host.conf.get(f"heartbeat_port{number}") or host.conf.get(
                f"heartbeat_destination_port{number}", "9694"
            )
            return int(port) if port.isdigit() else None
    return None


def address(facts: Facts) -> Iterator[Result]:
    wanted = facts.status.delegate_ip
    if not wanted:
        return
    title = "exactly one host has the delegate IP"
    holders = [host.name for host in facts.hosts.values() if re.search(rf"\s{re.escape(wanted)}/", host.addresses)]
    if facts.unseen and len(holders) < 2:
        yield unknown("delegate-ip", wanted, title, f"{', '.join(facts.unseen)} could not be looked at")
        return
    said = "" if len(holders) == 1 else f"{', '.join(holders)} have it" if holders else "no host has it"
    yield judged(
        "delegate-ip", wanted, title, said,
        "With none clients reach nobody; with two they reach now one pgpool, now the other.",
        "pypcp watchdog-info says who leads; take it away elsewhere: ip address delete",
    )  # fmt: skip


def commands(facts: Facts) -> Iterator[Result]:
    if facts.status.delegate_ip:
        yield from unseen("interface-command", "pgpool's user may move the delegate IP", facts.unseen_pgpools)
    for host in facts.pgpool_hosts:
        for name in ("if_up_cmd", "if_down_cmd", "arping_cmd"):
            program = host.programs.get(name)
            if program is None or not host.conf.get("delegate_ip", host.conf.get("delegate_IP")):
                continue
            said = ""
            if not program.runs:
                said = f"{program.path or 'its program'} is not there, or not executable"
            elif program.may_sudo is False:
                said = f"sudo does not let {host.user} run it without a password"
            elif program.may_sudo is None and host.user != "root" and not host.setuid:
                said = f"{host.user} has no right to change addresses, and it does not go by sudo"
            yield judged(
                "interface-command", f"{host.name}: {name}", f"{host.user} may run it", said,
                "The virtual IP would not move.",
                f"pypcp setup apply writes a rule for it; by hand: visudo on {host.name}",
            )  # fmt: skip


def trusted(facts: Facts) -> Iterator[Result]:
    title = "the trusted server answers"
    if facts.status.settings.get("trusted_servers"):
        yield from unseen("trusted-server", title, facts.unseen_pgpools)
    for host in facts.pgpool_hosts:
        for name, answers in host.pings.items():
            yield judged(
                "trusted-server", f"{host.name} to {name}", title,
                "" if answers else "it is silent",
                "A pgpool that reaches no trusted server takes itself for cut off, and gives up.",
                "Mend trusted_servers in pgpool.conf, or the network.",
            )  # fmt: skip


CHECKS = (quorum, heartbeats, address, commands, trusted)
