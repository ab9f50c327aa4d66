"""A pgpool of some release, with two real PostgreSQL nodes of this machine behind it."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pypcp.errors import PypcpError
from pypcp.lab import Lab, pgpool, postgres
from pypcp.lab.cluster import Workshop
from pypcp.lab.files import make_directory, write
from pypcp.lab.layout import PGPOOL_HOST
from pypcp.lab.passwords import PGPOOL_USER, SUPERUSER, Passwords
from pypcp.lab.processes import wait_until
from tests.matrix.release import PATH, Release
from tests.ports import free_ports

# No failover command: pgpool changes its own opinion, and the pair stays as it is for the next test.
# The cache and the log collector are on, so that there is something to invalidate and to rotate.
ADDITIONS = """
failover_command = ''
memory_cache_enabled = on
memqcache_method = 'shmem'
logging_collector = on
log_directory = '{directory}/logs'
client_idle_limit_in_recovery = -1
recovery_timeout = 4
"""


@dataclass(frozen=True)
class Server:
    """A pgpool that runs."""

    release: Release
    shop: Workshop
    process: subprocess.Popen[bytes]

    @property
    def lab(self) -> Lab:
        """Where its nodes, its ports and its files are."""
        return self.shop.lab

    @property
    def version(self) -> tuple[int, int]:
        """The series, ``(4, 6)``."""
        return self.release.version

    @property
    def through(self) -> str:
        """The connection string of a session through pgpool."""
        return f"host={PGPOOL_HOST} port={self.lab.port} user={SUPERUSER} dbname=postgres passfile='{self.lab.pgpass}'"

    def rows(self, query: str) -> list[list[str]]:
        """The rows that psql got through pgpool for ``query``."""
        runner = self.shop.runner
        layout: list[str | Path] = ["-X", "-q", "-A", "-t", "-F", "\x1f", "-R", "\x1e"]
        said = runner.run([runner.bindir / "psql", *layout, "-d", self.through, "-c", query])
        return [row.split("\x1f") for row in said.removesuffix("\n").split("\x1e")]

    def tool(self, name: str, *options: str, passfile: Path | None = None) -> subprocess.CompletedProcess[bytes]:
        """Run the release's own PCP program, connected to this pgpool."""
        words = [name, "-h", PGPOOL_HOST, "-p", str(self.lab.pcp_port), "-U", PGPOOL_USER, "-w", *options]
        return self.release.run(self.shop.runner, words, PCPPASSFILE=str(passfile or self.lab.pcppass))

    def wait_for_end(self, within: float) -> bool:
        """Whether pgpool ends by itself within so many seconds."""
        return wait_until(lambda: self.process.poll() is not None, within)


@contextlib.contextmanager
def running(
    release: Release,
    pair: Workshop,
    passwords: Passwords,
    settings: str = "",
    prepare: Callable[[Lab], None] = lambda lab: None,
) -> Iterator[Server]:
    """A fresh pgpool before the pair, with further settings: both nodes up in its eyes; nothing is left of it later.

    ``prepare`` may change its files before it starts.
    """
    port, pcp_port = free_ports(2)
    shop = dataclasses.replace(pair, lab=dataclasses.replace(pair.lab, port=port, pcp_port=pcp_port))
    lab, runner = shop.lab, shop.runner
    lab.pcppass.write_text(passwords.pcppass(lab))
    pgpool.configure(runner, lab, passwords, release.version)
    with (lab.pgpool / "pgpool.conf").open("a") as file:
        file.write(ADDITIONS.format(directory=lab.pgpool) + settings)
    make_directory(lab.pgpool / "logs", runner.user)
    prepare(lab)
    words = ["pgpool", "-n", "-f", "pgpool.conf", "-F", "pcp.conf", "-a", "pool_hba.conf"]
    log = lab.pgpool / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            release.command(runner, lab.pgpool, words),
            env={"PATH": PATH, "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": str(lab.directory)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        server = Server(release, shop, process)
        ready = wait_until(lambda: process.poll() is not None or _is_ready(server), within=30)
        assert ready and process.poll() is None, f"pgpool of {release.name} did not start: {log.read_text()[-2000:]}"
        yield server
    finally:
        process.kill()  # and all that it started, with its namespace
        process.wait()
        shutil.rmtree(lab.pgpool)


def _is_ready(server: Server) -> bool:
    """Whether both nodes are up and the streaming check has found out who follows whom.

    The session that asks turns "waiting" into "up".
    """
    try:
        rows = server.rows("SHOW pool_nodes")
    except PypcpError:
        return False
    words = {word for row in rows for word in row}
    return [row[3] for row in rows] == ["up", "up"] and {"primary", "standby", "streaming"} <= words


@contextlib.contextmanager
def running_pair(lab: Lab, shop: Workshop, passwords: Passwords) -> Iterator[Workshop]:
    """Two PostgreSQL nodes, the second streaming from the first."""
    version = shop.programs.postgres_version
    primary, standby = lab.all_nodes
    try:
        write(lab.pgpass, passwords.pgpass(), shop.runner.user)
        write(lab.pcppass, "", shop.runner.user)
        postgres.create_primary(shop.runner, lab, primary, passwords, version)
        postgres.create_standby(shop.runner, lab, standby, primary, version)
        yield shop
    finally:
        for node in lab.all_nodes:
            postgres.stop(shop.runner, node)
