"""Data directories with hostile names, on real servers: nothing in a name is run, and nothing breaks by it."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pypcp.hosts.local import LocalHost
from pypcp.lab.programs import find_programs, server_user
from pypcp.rejoin.facts import Request
from pypcp.rejoin.nodes import PoolNode, View
from pypcp.rejoin.plan import Step
from pypcp.rejoin.refusals import Refused
from pypcp.rejoin.watching import Amount
from pypcp.rejoin.workflow import Rejoin
from tests.ports import free_ports

pytestmark = [pytest.mark.lab, pytest.mark.timeout(120)]
NAMES = ["a b'c\"d $(touch PWNED)", r"`touch PWNED`; touch PWNED # *é\n", "-rf"]


@dataclass
class Servers:
    """Two PostgreSQL servers in directories of odd names, and a stand-in for pgpool that remembers what it was told."""

    ground: Path
    name: str
    ports: Sequence[int]
    statuses: list[str]

    def directory(self, number: int) -> Path:
        if self.name.startswith("-"):
            return self.ground / self.name / str(number)
        return self.ground / f"{number}{self.name}"

    def run(self, program: str, *words: str, **environment: str) -> str:
        user = server_user()
        command = [str(find_programs().bindir / program), *words]
        become = {} if user.pw_uid == pwd.getpwuid(0).pw_uid else {"user": user.pw_uid, "group": user.pw_gid}
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            cwd=self.ground,
            timeout=50,
            env={**os.environ, **environment},
            **become,
        )  # type: ignore[call-overload]
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return str(done.stdout)

    def sql(self, number: int, statement: str) -> str:
        where = f"host='{self.ground}' port={self.ports[number]} user=postgres dbname=postgres"
        return self.run("psql", "-XAtq", "-d", where, "-c", statement).strip()

    def start(self, number: int) -> None:
        log = self.ground / f"log{number}"
        # Not -D: pg_ctl puts that into a shell command of its own, unescaped.
        self.run("pg_ctl", "-w", "-l", str(log), "start", PGDATA=str(self.directory(number)))

    def stop(self, number: int, mode: str = "fast") -> None:
        self.run("pg_ctl", "-D", str(self.directory(number)), "-m", mode, "-w", "stop")

    # --- as pgpool ---

    def nodes(self) -> list[PoolNode]:
        return [
            PoolNode(number, "127.0.0.1", self.ports[number], self.statuses[number], role, str(self.directory(number)))
            for number, role in enumerate(["standby", "primary"])
        ]

    def status(self, node_id: int) -> str:
        return self.statuses[node_id]

    def views(self) -> list[View]:
        return []

    def attach(self, node_id: int) -> None:
        self.statuses[node_id] = "up"

    def detach(self, node_id: int) -> None:
        self.statuses[node_id] = "down"


@dataclass
class Listed(Servers):
    """The same with other nodes, as pgpool tells them."""

    listed: list[PoolNode]

    def nodes(self) -> list[PoolNode]:
        return self.listed


class Silent:
    def started(self, step: Step) -> None: ...
    def progressed(self, step: Step, amount: Amount) -> None: ...
    def ended(self, step: Step, seconds: float, said: str, already: bool) -> None: ...


@contextlib.contextmanager
def servers(name: str) -> Iterator[Servers]:
    """Node 0 was the primary, ran ahead alone and is stopped; node 1 was promoted."""
    ground = Path(tempfile.mkdtemp(prefix="pypcp-test-"))
    pair = Servers(ground, name, free_ports(2), ["down", "up"])
    user = server_user()
    shutil.chown(ground, user.pw_uid, user.pw_gid)
    try:
        _build(pair)
        yield pair
    finally:
        for number in (0, 1):
            with contextlib.suppress(AssertionError, subprocess.TimeoutExpired):
                pair.stop(number, "immediate")
        shutil.rmtree(ground)


def _build(pair: Servers) -> None:
    first, second = pair.directory(0), pair.directory(1)
    pair.run("initdb", "-A", "trust", "-U", "postgres", "--no-sync", "-D", str(first))
    _configure(pair, 0)
    pair.start(0)
    pair.sql(0, "CREATE TABLE t (n int); SELECT pg_switch_wal()")
    source = f"host=127.0.0.1 port={pair.ports[0]} user=postgres"
    pair.run("pg_basebackup", "-D", str(second), "-d", source, "-c", "fast", "-R", "--no-sync")
    _configure(pair, 1)
    pair.start(1)
    pair.sql(1, "SELECT pg_promote()")
    pair.sql(0, "INSERT INTO t VALUES (0)")
    pair.sql(1, "INSERT INTO t VALUES (1)")
    pair.stop(0)


def _configure(pair: Servers, number: int) -> None:
    with (pair.directory(number) / "postgresql.conf").open("a") as conf:
        conf.write(f"port = {pair.ports[number]}\nlisten_addresses = '127.0.0.1'\nwal_log_hints = on\nfsync = off\n")
        conf.write("wal_keep_size = 256MB\n")
        conf.write(f"unix_socket_directories = '{pair.ground}'\ncluster_name = 'node{number}'\n")


def rejoin(pair: Servers, **request: bool) -> None:
    with Rejoin(pair, pair.nodes()[0], lambda node: LocalHost("here"), Request(**request), timeout=30) as work:  # type: ignore[arg-type]
        work.run(work.plan(), Silent())


@pytest.mark.parametrize("name", NAMES)
def test_a_directory_of_any_name_is_rewound(name: str) -> None:
    with servers(name) as pair:
        with pytest.raises(Refused) as refused:
            rejoin(pair)
        assert [refusal.code for refusal in refused.value.refusals] == ["diverged-commits"]

        rejoin(pair, discard_diverged=True)

        assert pair.statuses == ["up", "up"]
        assert pair.sql(0, "SELECT pg_is_in_recovery(), array_agg(n) FROM t") == "t|{1}"
        assert not list(pair.ground.rglob("PWNED")) and not Path("PWNED").exists()


def test_a_directory_that_is_not_there_is_refused_whatever_its_name() -> None:
    started = time.monotonic()
    with servers("plain") as pair:
        for name in ["/no/where\n/$(touch PWNED)", "relative", "", "/", "-D", "/dev/null"]:
            node = replace(pair.nodes()[0], data_directory=name)
            pool = Listed(pair.ground, pair.name, pair.ports, pair.statuses, [node, pair.nodes()[1]])
            with Rejoin(pool, node, lambda node: LocalHost("here"), Request()) as work, pytest.raises(Refused):
                work.plan()
    assert time.monotonic() - started < 100
