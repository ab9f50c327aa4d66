"""The laboratory for the tests: one template for the session, a pair for each test."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator

import pytest

from tests.hosts.configured import configure
from tests.hosts.lab.machine import missing
from tests.hosts.lab.pair import Pair, Pool
from tests.hosts.lab.postgres import Layout, Template

PAIR = pytest.StashKey[Pair]()


@pytest.fixture(scope="session")
def template() -> Iterator[Template]:
    """What every pair is a copy of. Skips, or in CI fails, where the laboratory cannot be."""
    lacking = missing()
    if lacking:
        say = f"the two-host laboratory needs {', '.join(lacking)}"
        if os.environ.get("CI"):
            pytest.fail(say)  # where everything should be there, a skip would hide that nothing was tested
        pytest.skip(say)
    made = Template()
    yield made
    made.close()


@pytest.fixture
def pair(template: Template, request: pytest.FixtureRequest) -> Iterator[Pair]:
    """Streaming, with pgpool on the admin host. ``@pytest.mark.parametrize("pair", [Layout...], indirect=True)``."""
    with Pair(template, getattr(request, "param", Layout.PLAIN)) as running:
        request.node.stash[PAIR] = running
        yield running


@pytest.fixture
def watchdog_pair(template: Template, request: pytest.FixtureRequest) -> Iterator[Pair]:
    """Streaming, with a pgpool on each host; the virtual IP is on ``ser``. Takes a ``Pool`` as parameter."""
    with Pair(template, pool=getattr(request, "param", Pool.WATCHDOG)) as running:
        request.node.stash[PAIR] = running
        yield running


@pytest.fixture
def bare_pair(template: Template, request: pytest.FixtureRequest) -> Iterator[Pair]:
    """Streaming, with pgpool installed on each host as its package leaves it: nothing is configured, nothing runs."""
    with Pair(template, pool=Pool.BARE) as running:
        request.node.stash[PAIR] = running
        yield running


@pytest.fixture
def configured_pair(bare_pair: Pair) -> Pair:
    """What ``pypcp setup`` makes of a bare pair: a pgpool on each host, the virtual IP on one of them."""
    configure(bare_pair)
    return bare_pair


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show, with a failed test, the last lines of every server's log."""
    report = yield
    if report.failed and call.when == "call" and PAIR in item.stash:
        for title, text in item.stash[PAIR].logs().items():
            report.sections.append((title, "\n".join(text.splitlines()[-40:])))
    return report
