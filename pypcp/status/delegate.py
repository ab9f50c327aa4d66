"""Which member of the watchdog holds the delegate IP: what was seen, never what follows from who is leader.

A leader may have lost the address, or a former leader may have kept it; pgpool tells only whether it has escalated.
Who answers at the address has it, and whose host it is an address of.
"""

from __future__ import annotations

import ipaddress
import socket
from pathlib import Path

from pypcp.address import Address
from pypcp.client import Client
from pypcp.errors import MalformedReply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pypcp.records import Watchdog

DEADLINE = 2.0  # seconds: an address that nobody has is silent, and is asked for at each look of `watch`


def address(watchdog: Watchdog) -> str | None:
    """The delegate IP; None where there is none, or what the pgpools tell is no address of a host."""
    told = next((member.delegate_ip for member in watchdog.nodes if member.delegate_ip), None)
    try:
        found = ipaddress.ip_address(told or "")
    except ValueError:
        return None
    return None if found.is_loopback or found.is_unspecified or found.is_multicast else str(found)


def holder(watchdog: Watchdog, at: str, connect: Callable[[float], Client], seconds: float) -> str:
    """The name of the member that has the address ``at``. Raises PypcpError where that cannot be seen.

    ``connect`` makes a client for the pgpool that was asked; the one behind the address is asked likewise.
    """
    return _here(watchdog, at) or _who_answers(at, connect(seconds), seconds)


def _here(watchdog: Watchdog, at: str) -> str | None:
    """The member on this machine, if this machine has the address."""
    if not _is_ours(at):
        return None
    found = [member.name for member in watchdog.nodes if any(map(_is_ours, _numbers(member.hostname)))]
    return found[0] if len(found) == 1 else None


def _who_answers(at: str, asked: Client, seconds: float) -> str:
    client = Client(Address(at, asked.address.port), asked.credentials, connect_timeout=seconds, timeout=seconds)
    members = client.watchdog_info().nodes
    if not members:
        raise MalformedReply(f"ask who answers at {at}", "the watchdog there has no members")
    return members[0].name  # it begins with itself


def _is_ours(number: str) -> bool:
    """Whether this machine has the address: only then can a socket be bound to it, unless the kernel was told else."""
    family = socket.AF_INET6 if ":" in number else socket.AF_INET
    if _binds_anywhere("ipv6" if ":" in number else "ipv4"):
        return False
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((number, 0))
    except OSError:
        return False
    return True


def _binds_anywhere(family: str) -> bool:
    try:
        return Path(f"/proc/sys/net/{family}/ip_nonlocal_bind").read_text().strip() != "0"
    except OSError:
        return False  # not Linux, which alone has the setting


def _numbers(host: str) -> set[str]:
    try:
        return {str(found[4][0]) for found in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return set()
