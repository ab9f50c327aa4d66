"""Where a node of pgpool lives: here, or behind ssh. pgpool's hostnames are seen from pgpool's machine."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable

from pypcp.hosts.host import Host
from pypcp.hosts.local import LocalHost
from pypcp.hosts.ssh import SshHost

OpenSsh = Callable[[str], Host]


def is_loopback(hostname: str) -> bool:
    """Whether the name means "the machine itself", whichever it is: empty, a socket directory, 127.x, localhost."""
    if hostname == "" or hostname.startswith("/") or hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(hostname).is_loopback
    except ValueError:
        return False


def is_here(hostname: str) -> bool:
    """Whether the name is this machine: loopback, its own hostname, or one of its addresses.

    The kernel reaches an address of its own from that same address; nothing is sent to find out.
    """
    if is_loopback(hostname) or hostname in (socket.gethostname(), socket.getfqdn()):
        return True
    try:
        found = socket.getaddrinfo(hostname, 9, type=socket.SOCK_DGRAM)
    except OSError:
        return False
    return any(_is_own(family, address) for family, _, _, _, address in found)


def _is_own(family: int, address: tuple[object, ...]) -> bool:
    if ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback:
        return True
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect(address)
            return bool(probe.getsockname()[0] == address[0])
    except OSError:
        return False


def host_of(hostname: str, pgpool_host: str, ssh: OpenSsh = SshHost) -> Host:
    """The host of a node that pgpool calls ``hostname``, asked at ``pgpool_host``.

    A loopback name or a socket directory means pgpool's own machine, which need not be this one.
    Raises WrongUsage for a name that cannot be a hostname.
    """
    where = pgpool_host if is_loopback(hostname) else hostname
    return LocalHost(hostname or "localhost") if is_here(where) else ssh(where)
