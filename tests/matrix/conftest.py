"""The pgpools of other Debian releases. Only ``scripts/test-matrix`` runs these tests: it makes the folders."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import pypcp
import pypcp.aio
from pypcp.lab import Lab
from pypcp.lab.cluster import Workshop
from pypcp.lab.files import make_directory
from pypcp.lab.layout import PGPOOL_HOST
from pypcp.lab.passwords import PGPOOL_USER, Passwords
from tests.matrix.release import Release
from tests.matrix.server import Server, running, running_pair
from tests.ports import free_ports

HERE = Path(__file__).parent
FOLDERS, _, NAMES = os.environ.get("PYPCP_TEST_RELEASES", "").rpartition(":")
RELEASES = [
    Release("this machine", Path("/")),
    *(Release(name, Path(FOLDERS) / name) for name in NAMES.split(",") if name),
]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is here, and leave it out unless it is asked for by its mark."""
    mine = [item for item in items if HERE in item.path.parents]
    for item in mine:
        item.add_marker("matrix")
    if "matrix" not in config.option.markexpr:
        config.hook.pytest_deselected(items=mine)
        items[:] = [item for item in items if item not in mine]


@pytest.fixture(scope="session")
def passwords() -> Passwords:
    """Of all users, made for this run."""
    return Passwords()


@pytest.fixture(scope="session")
def pair(passwords: Passwords) -> Iterator[Workshop]:
    """The two PostgreSQL nodes, the same for every pgpool."""
    ground = Path(tempfile.mkdtemp(prefix="pypcp-matrix-", dir="/tmp"))
    ground.chmod(0o711)
    try:
        port, pcp_port, postgres_port = free_ports(3)
        lab = Lab(ground / "lab", 2, port, pcp_port, postgres_port)
        shop = Workshop.of(lab)
        make_directory(lab.directory, shop.runner.user)
        with running_pair(lab, shop, passwords):
            yield shop
    finally:
        shutil.rmtree(ground)


@pytest.fixture(scope="module", params=RELEASES, ids=lambda release: release.name.replace(" ", "-"))
def release(request: pytest.FixtureRequest) -> Release:
    """A release whose pgpool is to be tested."""
    found: Release = request.param
    if not found.has("pgpool"):
        pytest.skip(f"{found.name} is not in {found.root}: scripts/test-matrix could not make it")
    return found


@pytest.fixture(scope="module")
def server(release: Release, pair: Workshop, passwords: Passwords) -> Iterator[Server]:
    """A pgpool to look at. A module whose tests change something takes ``fresh_server``, and this one not."""
    with running(release, pair, passwords) as found:
        yield found


@pytest.fixture
def fresh_server(release: Release, pair: Workshop, passwords: Passwords) -> Iterator[Server]:
    """A pgpool that the test may change or stop."""
    with running(release, pair, passwords) as found:
        yield found


@dataclass(frozen=True)
class Caller:
    """One way to call the library: the same words for the client over a socket and for the one over asyncio."""

    kind: str

    def ask(self, server: Server, command: str, *args: Any, passfile: Path | None = None, **options: Any) -> Any:
        """Run a command on a connection of its own."""
        return self.burst(server, (command, *args), passfile=passfile, **options)[0]

    def burst(self, server: Server, *commands: tuple[Any, ...], passfile: Path | None = None, **options: Any) -> Any:
        """Run several commands on one connection."""
        where = (PGPOOL_HOST, server.lab.pcp_port, PGPOOL_USER)
        asked = asked_async if self.kind == "aio" else asked_sync
        return asked(where, str(passfile or server.lab.pcppass), commands, options)


def asked_sync(where: Any, passfile: str, commands: Any, options: dict[str, Any]) -> list[Any]:
    with pypcp.connect(*where, passfile=passfile) as pcp:
        return [getattr(pcp, name)(*args, **options) for name, *args in commands]


def asked_async(where: Any, passfile: str, commands: Any, options: dict[str, Any]) -> list[Any]:
    async def ask() -> list[Any]:
        async with await pypcp.aio.connect(*where, passfile=passfile) as pcp:
            return [await getattr(pcp, name)(*args, **options) for name, *args in commands]

    return asyncio.run(ask())


@pytest.fixture(params=["sync", "aio"])
def caller(request: pytest.FixtureRequest) -> Caller:
    """Each of the two clients."""
    return Caller(request.param)


@contextlib.contextmanager
def passfile_with(server: Server, password: str) -> Iterator[Path]:
    """A .pcppass for that pgpool with some password in it."""
    path = server.lab.directory / "pcppass-of-the-test"
    path.write_text(f"{PGPOOL_HOST}:{server.lab.pcp_port}:{PGPOOL_USER}:{password}\n")
    path.chmod(0o600)
    try:
        yield path
    finally:
        path.unlink()
