"""Are the lab's ports free, and who has them if not."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from pathlib import Path

from pypcp.errors import OperationFailed
from pypcp.lab.layout import PGPOOL_HOST, Lab

LISTEN = "0A"  # TCP_LISTEN in the column "st" of /proc/net/tcp


def check_ports(lab: Lab) -> None:
    """Raises OperationFailed that names every address of the lab that is taken, and the option that changes it."""
    wanted = [
        ("--port", PGPOOL_HOST, lab.port),
        ("--pcp-port", PGPOOL_HOST, lab.pcp_port),
        *(("--postgres-port", node.host, node.port) for node in lab.all_nodes),
    ]
    problems = {(option, said) for option, host, port in wanted if (said := _problem(host, port))}
    if problems:
        options = sorted({option for option, _ in problems})
        raise OperationFailed(
            "look for free ports for the lab",
            ", ".join(sorted(said for _, said in problems)),
            f"Choose others with {' and '.join(options)}, or stop what uses these.",
        )


def _problem(host: str, port: int) -> str:
    """Why the address cannot be had; empty if it can."""
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as PostgreSQL does: a port in TIME_WAIT is free
        try:
            sock.bind((host, port))
            sock.listen()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"{host}:{port} is used by {_holder(port) or 'another program'}"
            return f"{host}:{port} cannot be used: {(error.strerror or str(error)).lower()}"
    return ""


def _holder(port: int) -> str:
    """The program that listens on that port, as far as this user may know it."""
    inodes = {f"socket:[{inode}]" for inode in _listening(port)}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # another user's, or gone meanwhile
            if any(os.readlink(process / "fd" / number) in inodes for number in os.listdir(process / "fd")):
                return f"{(process / 'comm').read_text().strip()} (process {process.name})"
    return ""


def _listening(port: int) -> list[str]:
    """The inodes of the sockets that listen on that port, on whatever address."""
    found = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = [line.split() for line in Path(table).read_text().splitlines()[1:]]
        except OSError:
            continue
        found += [row[9] for row in rows if row[3] == LISTEN and int(row[1].rpartition(":")[2], 16) == port]
    return found
