"""What is found over PCP in the states that were recorded, by every version of pgpool."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from pypcp.address import Address
from pypcp.client import Client
from pypcp.credentials import Credentials
from pypcp.exporter.metrics import samples
from pypcp.exporter.scrape import Scrape, scrape
from pypcp.status.findings import findings
from pypcp.status.gather import Place
from pypcp.testing import PASSWORD, USERNAME, FakePgpool, recorded, refusal
from pypcp.wire import Frame

TRANSCRIPTS = Path(__file__).parents[2] / "fixtures" / "transcripts"
VERSIONS = ["3.6", "3.7", "4.1", "4.3", "4.5", "4.7"]


@functools.cache
def conversations(version: str) -> dict[str, Any]:
    document = json.loads((TRANSCRIPTS / f"pgpool-{version}.json").read_text())
    return {each["name"]: each for each in document["conversations"]}


def node_answers(version: str, prefix: str) -> Any:
    """What a double answers to questions for nodes: those up to 4.2 know no question for all of them."""
    told = conversations(version)
    single = [recorded(told[f"{prefix}{node_id}"])["I"] for node_id in (0, 1)]
    all_nodes = recorded(told[f"{prefix}all"]).get("I") if f"{prefix}all" in told else None

    def answer(request: Frame) -> Iterable[bytes | Frame]:
        wanted = request.payload.rstrip(b"\0")
        if wanted == b"-1":
            return all_nodes or refusal("informing node info failed", "invalid node ID")  # type: ignore[return-value]
        return single[int(wanted)]  # type: ignore[return-value]

    return answer


def looked(version: str, *names: str, nodes: str = "node_info_") -> Scrape:
    answers: dict[str, Any] = {}
    for name in ("pool_status", "proc_info_all", "node_count", *names):
        answers |= recorded(conversations(version)[name])
    with FakePgpool({**answers, "I": node_answers(version, nodes)}) as fake:

        def connect(seconds: float) -> Client:
            who = Credentials(USERNAME, PASSWORD, None)
            return Client(Address(fake.host, fake.port), who, connect_timeout=seconds, timeout=seconds)

        return scrape(Place("recorded", fake.host, connect, asks_sql=False), 5.0)


def kinds(found: Scrape) -> list[str]:
    return [finding.kind for finding in findings(found.facts)]


@pytest.mark.parametrize("version", VERSIONS)
def test_all_up(version: str) -> None:
    told = ["health_check_stats_0"] if "health_check_stats_0" in conversations(version) else []
    found = looked(version, "watchdog_info_disabled", *told)
    assert kinds(found) == []
    assert found.facts.mode == "streaming_replication"
    assert [source.error for source in found.sources if source.error] == []
    metrics = {sample.name: sample.value for sample in samples(found)}
    assert metrics["pgpool2_last_scrape_error"] == 0
    assert metrics["pgpool2_frontend_total"] == 4


@pytest.mark.parametrize("version", ["4.1", "4.3", "4.5", "4.7"])
def test_quarantined(version: str) -> None:
    assert kinds(looked(version, "wd_watchdog_info", nodes="quarantine_node_info_")) == ["quarantined"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_peer_that_was_stopped(version: str) -> None:
    found = kinds(looked(version, "wd_watchdog_info_peer_stopped"))
    # until 4.0 exactly half of the members were a quorum
    assert found[-1] == ("quorum_lost" if version >= "4.1" else "watchdog_member_lost")
