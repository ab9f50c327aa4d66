"""``pypcp drill`` on a real cluster: it is broken, heals, and what clients noticed is measured."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pypcp.lab import Workshop

from .conftest import running_lab
from .program import run

pytestmark = [pytest.mark.lab, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def shop() -> Iterator[Workshop]:
    with running_lab() as shop:
        yield shop


def test_a_pair_is_broken_and_heals(shop: Workshop, tmp_path: Path) -> None:
    page = tmp_path / "drill.html"
    done = run("--cluster", "lab", "drill", "--yes", "--json", "--html", str(page))
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["passed"] and told["missing_commits"] == [] and told["acknowledged_commits"] > 10
    assert [act["act"] for act in told["acts"]] == ["primary", "rejoin"]
    assert 0 < told["acts"][0]["seconds_without_write"] < 60
    assert "<svg" in page.read_text()
    status = run("--cluster", "lab", "status", "--json")
    assert json.loads(status.stdout)["problems"] == []


def test_a_real_pair_has_to_be_named_twice(shop: Workshop) -> None:
    pcp = ("-h", "127.0.0.1", "-p", str(shop.lab.pcp_port))
    for words in ((), ("--on-a-real-pair", "lab")):
        done = run("drill", *pcp, "--yes", *words)
        assert done.returncode == 2 and "--on-a-real-pair 127.0.0.1" in done.stderr


def test_what_is_broken_already_is_not_tried(shop: Workshop) -> None:
    assert run("--cluster", "lab", "detach", "0", "--force").returncode == 0
    done = run("--cluster", "lab", "drill", "--yes")
    assert done.returncode == 6 and "Mend that first" in done.stderr
