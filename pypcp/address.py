"""Where a pgpool listens for PCP: a TCP host and port, or a Unix socket in a directory."""

from __future__ import annotations

import os

from pypcp.errors import ConnectionFailed, WrongUsage

DEFAULT_PORT = 9898  # pcp_port
# pgpool's default for pcp_socket_dir is /tmp; Debian's and the PGDG packages move it.
SOCKET_DIRECTORIES = ("/var/run/postgresql", "/tmp", "/var/run/pgpool")


class Address:
    """Host and port as given, and what they mean.

    A host that starts with ``/`` is the directory of the Unix socket. No host is the socket in one of the usual
    directories if there is one, else ``localhost`` over TCP.
    """

    __slots__ = ("host", "port")

    def __init__(self, host: str | None = None, port: int = DEFAULT_PORT) -> None:
        if isinstance(port, bool) or not isinstance(port, int) or not 0 < port < 65536:
            raise WrongUsage(f"use {port!r} as a port", "ports go from 1 to 65535")
        if host and any(character < " " for character in host):
            raise WrongUsage(f"use {host!r} as a host", "it has control characters")
        self.host = host or ""
        self.port = port

    @property
    def socket_path(self) -> str | None:
        """The Unix socket to use, or None for TCP."""
        if self.host.startswith("/"):
            return self._socket_in(self.host)
        if self.host:
            return None
        candidates = map(self._socket_in, SOCKET_DIRECTORIES)
        return next(filter(os.path.exists, candidates), None)

    @property
    def tcp_host(self) -> str:
        """The host for TCP."""
        return self.host or "localhost"

    def _socket_in(self, directory: str) -> str:
        # pgpool names its PCP socket as if it were PostgreSQL's (pgpool_main.c).
        return f"{directory}/.s.PGSQL.{self.port}"

    def __str__(self) -> str:
        if path := self.socket_path:
            return path
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.tcp_host}:{self.port}"


def unreachable(address: Address, error: Exception | None) -> ConnectionFailed:
    """The error for an address where nothing could be connected to."""
    from socket import gaierror

    said = getattr(error, "strerror", None) or str(error or "the name has no address")
    do = "See that pgpool runs there and that pcp_listen_addresses and pcp_port in its pgpool.conf allow it."
    if error is None or isinstance(error, gaierror):
        do = "See whether the name is right, and known here: /etc/hosts, or the name service."
    return ConnectionFailed(f"connect to {address}", said[0].lower() + said[1:], do)
