"""A real cluster for the tests: one for the whole run, to look at; a fresh one for a module that breaks things."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pypcp.lab import Lab, Workshop, down, load, postgres, up
from pypcp.lab.processes import wait_until
from tests.ports import free_ports

from .program import Sql


@contextlib.contextmanager
def lab_ground() -> Iterator[Path]:
    """A directory that the user ``postgres`` can reach, with a configuration of its own, and nothing left of it."""
    ground = Path(tempfile.mkdtemp(prefix="pypcp-test-"))
    ground.chmod(0o711)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYPCP_CONFIG", str(ground / "config" / "config.toml"))
        try:
            yield ground
        finally:
            if left := load(ground / "lab"):
                down(left)
            shutil.rmtree(ground)


def new_lab(ground: Path, nodes: int = 2) -> Lab:
    """A lab on free ports, not made yet."""
    port, pcp_port, postgres_port = free_ports(3)
    return Lab(ground / "lab", nodes, port, pcp_port, postgres_port)


@contextlib.contextmanager
def running_lab(nodes: int = 2) -> Iterator[Workshop]:
    """A lab that is up, taken down at the end whatever happened to it."""
    with lab_ground() as ground:
        lab = new_lab(ground, nodes)
        assert up(lab) == lab
        yield Workshop.of(lab)


@pytest.fixture
def ground() -> Iterator[Path]:
    """A place for a lab of the test's own."""
    with lab_ground() as place:
        yield place


@pytest.fixture(scope="session")
def lab() -> Iterator[Workshop]:
    """The lab to look at. A test that changes its nodes takes ``fresh_lab``."""
    with running_lab() as shop:
        yield shop


@pytest.fixture(scope="module")
def fresh_lab() -> Iterator[Workshop]:
    """A lab that the tests of one module may break."""
    with running_lab() as shop:
        yield shop


@pytest.fixture(scope="module")
def sql(shop: Workshop) -> Sql:
    """Asks a node of the module's own lab, and returns what psql prints."""
    return lambda node, statement: postgres.sql(shop.runner, shop.lab, node, statement).strip()


@pytest.fixture(autouse=True)
def _configured(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ``--cluster lab`` be the lab of this test, when labs of other tests are up, too."""
    for name in {"lab", "fresh_lab", "shop"}.intersection(request.fixturenames):
        directory: Path = request.getfixturevalue(name).lab.directory
        monkeypatch.setenv("PYPCP_CONFIG", str(directory.parent / "config" / "config.toml"))


@pytest.fixture(scope="session")
def eventually() -> Callable[..., None]:
    """``eventually(check, within=10)``: fails unless ``check()`` comes true within as many seconds."""

    def eventually(check: Callable[[], object], within: float = 10.0) -> None:
        assert wait_until(check, within), f"not true after {within} s: {getattr(check, '__name__', check)}"

    return eventually


def is_root() -> bool:
    """Whether the servers run as another user than the tests."""
    return os.geteuid() == 0
