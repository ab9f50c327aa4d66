"""Ports for servers of tests, which many workers of pytest start at the same time."""

from __future__ import annotations

import errno
import os
import random
import socket

# Below the range that the kernel gives to outgoing connections, so that none is taken on the way.
_ALL = range(10240, 32000)


def free_ports(count: int) -> list[int]:
    """Ports that are free at this moment on every loopback address; another worker of this run never gets the same."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    ours = _ALL[worker :: int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))]
    found: list[int] = []
    while len(found) < count:
        port = random.choice(ours)
        if port not in found and _is_free(port):
            found.append(port)
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as PostgreSQL does: a port in TIME_WAIT is free
        try:
            sock.bind(("0.0.0.0", port))
            sock.listen()
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return False
    return True
