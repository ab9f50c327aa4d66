"""A real pgpool to measure against: 500 children, two nodes that do not exist, PCP on a free port of loopback."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
USERNAME = "bench"
PASSWORD = "bench-test-password"
CHILDREN = 500
MAX_POOL = 4
NODES = 2
ROWS = CHILDREN * MAX_POOL * NODES

# No node exists and nobody looks for one: what is measured is PCP, not PostgreSQL. `reserved_connections` and the
# like stay at their defaults.
CONFIGURATION = """
backend_clustering_mode = 'streaming_replication'
listen_addresses = '{host}'
port = {port}
pcp_listen_addresses = '{host}'
pcp_port = {pcp_port}
socket_dir = '{directory}'
pcp_socket_dir = '{directory}'
pid_file_name = '{directory}/pgpool.pid'
logdir = '{directory}'
num_init_children = {children}
max_pool = {max_pool}
sr_check_period = 0
health_check_period = 0
search_primary_node_timeout = 1
backend_hostname0 = '{host}'
backend_port0 = {port}
backend_hostname1 = '{host}'
backend_port1 = {pcp_port}
"""


@dataclass(frozen=True)
class Server:
    """Where it listens, and the file with its PCP password."""

    port: int
    passfile: Path


@contextlib.contextmanager
def running_pgpool() -> Iterator[Server]:
    """Start pgpool, wait until it answers, and stop it in the end."""
    program = shutil.which("pgpool", path=f"{os.environ['PATH']}:/usr/sbin")
    if not program:
        raise SystemExit("bench: pgpool is not installed; run: apt-get install pgpool2")
    directory = Path(tempfile.mkdtemp(prefix="pypcp-bench-"))
    server = Server(_free_port(), directory / "pcppass")
    _write_files(directory, server)
    as_owner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    with open(directory / "log", "w") as log:
        process = subprocess.Popen(
            [*as_owner, program, "-n", "-f", str(directory / "pgpool.conf"), "-F", str(directory / "pcp.conf")],
            stdout=log,
            stderr=log,
        )
    try:
        _wait_for(server.port, process)
        yield server
    finally:
        _stop(directory, process)
        shutil.rmtree(directory)


def _write_files(directory: Path, server: Server) -> None:
    values = {"port": _free_port(), "pcp_port": server.port, "children": CHILDREN, "max_pool": MAX_POOL}
    configuration = CONFIGURATION.format(host=HOST, directory=directory, **values)
    stored = hashlib.md5(PASSWORD.encode(), usedforsecurity=False).hexdigest()
    (directory / "pgpool.conf").write_text(configuration)
    (directory / "pcp.conf").write_text(f"{USERNAME}:{stored}\n")
    server.passfile.write_text(f"{HOST}:{server.port}:{USERNAME}:{PASSWORD}\n")
    server.passfile.chmod(0o600)
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        for path in (directory, directory / "pgpool.conf", directory / "pcp.conf"):
            os.chown(path, owner.pw_uid, owner.pw_gid)


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        port: int = sock.getsockname()[1]
        return port


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SystemExit("bench: pgpool did not start")
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1):
            return
        time.sleep(0.1)
    raise SystemExit("bench: pgpool does not listen after 60 s")


def _stop(directory: Path, process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError, ValueError):
        # pgpool itself, not the `runuser` in front of it, which would only be killed itself
        pid = int((directory / "pgpool.pid").read_bytes().split(b"\0")[0])
        os.kill(pid, 2)  # SIGINT: fast shutdown
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
