"""The metrics of made up clusters, and of doubles of pgpool over HTTP."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pypcp.address import Address
from pypcp.client import Client
from pypcp.credentials import Credentials
from pypcp.exporter import metrics, server
from pypcp.exporter.scrape import Scrape, scrape
from pypcp.records import NodeRole, NodeStatus
from pypcp.status.facts import NODES, Facts, Source
from pypcp.status.findings import findings
from pypcp.status.gather import Place, gather, gather_all
from pypcp.testing import PASSWORD, USERNAME, FakePgpool, Fault, recorded
from tests.unit.status.worlds import HEALTHY, NOON, PRIMARY, node, with_error, with_nodes

DOCS = Path(__file__).parents[3] / "docs"
KINDS = ("select", "insert", "update", "delete", "ddl", "other", "panic", "fatal", "error")
TRANSCRIPT = Path(__file__).parents[2] / "fixtures" / "transcripts" / "pgpool-4.7.json"
SCRAPE = Scrape("lab", HEALTHY, 0.1, (), sources=HEALTHY.sources)

FAILED_OVER = with_nodes(
    node(0, NodeRole.STANDBY, NodeStatus.DOWN, pg_status="down", pg_role="unknown"),
    node(1, NodeRole.PRIMARY),
    servers={1: replace(PRIMARY, senders=())},
)


def values(scraped: Scrape) -> dict[str, list[float]]:
    return {
        name: [sample.value for sample in found] for name, found in metrics.by_name(metrics.samples(scraped)).items()
    }


def test_a_healthy_pair() -> None:
    found = values(SCRAPE)
    assert found["pgpool2_up"] == [1]
    assert found["pgpool2_pool_nodes_status"] == [1, 1]
    assert found["pypcp_node_role_code"] == [2, 3]
    assert found["pgpool2_pool_nodes_select_cnt"] == [3, 4]
    assert found["pypcp_problems"] == [0, 0]
    assert found["pypcp_postgres_timeline"] == [2, 2]
    assert found["pypcp_watchdog_quorum"] == [1]


def test_no_label_changes_at_a_failover() -> None:
    def series(scraped: Scrape) -> set[tuple[str, tuple[tuple[str, str], ...]]]:
        return {
            (each.name, each.labels) for each in metrics.samples(scraped) if each.name.startswith("pgpool2_pool_nodes")
        }

    after = replace(SCRAPE, facts=replace(FAILED_OVER, pool_nodes=FAILED_OVER.nodes))
    gone = series(SCRAPE) - series(after)
    assert not [name for name, _ in gone if name != "pgpool2_pool_nodes_select_cnt"]


def test_what_was_not_told_is_no_zero() -> None:
    lost = Scrape("lab", Facts("ha", NOON, (Source(NODES, 5, "no"),)), 5.0, sources=(Source(NODES, 5, "no"),))
    found = values(lost)
    assert found["pgpool2_up"] == [0]
    assert found["pgpool2_last_scrape_error"] == [1]
    assert "pgpool2_frontend_total" not in found
    assert "pypcp_node_status_code" not in found


def test_a_postgresql_that_does_not_answer_is_no_scrape_error() -> None:
    sources = with_error("SQL node 1")
    assert values(replace(SCRAPE, sources=sources))["pgpool2_last_scrape_error"] == [0]


def test_each_sample_once() -> None:
    found = [(each.name, each.labels) for each in metrics.samples(SCRAPE)]
    assert len(found) == len(set(found))
    assert {name for name, _ in found} <= set(metrics.HELP)


# Over PCP, from doubles that answer as a recorded pgpool did.


@contextmanager
def doubles(count: int, fault: Fault | None = None, at: str = "") -> Iterator[list[Place]]:
    conversations = {each["name"]: each for each in json.loads(TRANSCRIPT.read_text())["conversations"]}
    answers = {}
    for name in (
        "node_info_all",
        "pool_status",
        "proc_info_all",
        "watchdog_info_disabled",
        "node_count",
        "health_check_stats_0",
    ):
        answers.update(recorded(conversations[name]) if name in conversations else {})
    with ExitStack() as stack:
        places = []
        for number in range(count):
            fake = stack.enter_context(FakePgpool(answers, fault=fault, at=at))

            def connect(seconds: float, fake: FakePgpool = fake) -> Client:
                who = Credentials(USERNAME, PASSWORD, None)
                return Client(Address(fake.host, fake.port), who, connect_timeout=seconds, timeout=seconds)

            places.append(Place(f"c{number}", fake.host, connect, asks_sql=False))
        yield places


def test_metrics_over_http() -> None:
    with doubles(2) as places:
        port, stop = server.serve(server.registry(places, 5.0, is_labelled=True), "127.0.0.1", 0)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
                text = answer.read().decode()
        finally:
            stop()
    assert 'pgpool2_up{cluster="c0"} 1.0' in text
    assert 'pgpool2_up{cluster="c1"} 1.0' in text
    assert text.count("# TYPE pgpool2_up gauge") == 1
    assert "pgpool2_scrapes_total 1.0" in text


LABEL = re.compile(r"\{\{(\w+)\}\}")
GIVEN_BY_PROMETHEUS = {"instance", "cluster"}  # the second with --all
SQL_ROW = {"hostname": "ser", "port": "5432", "node_id": "0", **{f"{kind}_cnt": "1" for kind in KINDS}}


def emitted() -> dict[str, set[str]]:
    """The labels of all metrics of a cluster of which everything is known."""
    with doubles(1) as (place,):
        told = scrape(place, 5.0)
    by_time = node(1, NodeRole.STANDBY, replication_delay=5, replication_delay_by_time=True)
    nodes = (node(0, NodeRole.PRIMARY, replication_delay=0), by_time)
    facts = replace(HEALTHY, nodes=nodes, delegate_ip="10.0.0.9", delegate_holder="ha0:9999 Linux ha0")
    full = replace(told, facts=facts, backend_stats=(SQL_ROW,), cache={"cache_hit_ratio": "0.5"})
    return {
        name: {label for sample in found for label, _ in sample.labels}
        for name, found in metrics.by_name(metrics.samples(full)).items()
    }


def test_the_dashboard_shows_what_is_given_out() -> None:
    given = emitted()
    dashboard = json.loads((DOCS / "grafana-dashboard.json").read_text())
    targets = [target for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(targets) > 20
    for target in targets:
        names = re.findall(r"\b(?:pgpool2|pypcp)_\w+", target["expr"])
        assert names and set(names) <= set(given), target
        grouped = re.findall(r"\bby \(([\w, ]+)\)", target["expr"])
        asked = {*LABEL.findall(target["legendFormat"]), *", ".join(grouped).split(", ")} - {"", *GIVEN_BY_PROMETHEUS}
        assert asked <= given[names[0]], target
        assert '{instance=~"$instance"}' in target["expr"]


def test_a_silent_pgpool_costs_no_more_than_the_deadline() -> None:
    with doubles(1, Fault.SILENCE) as (place,):
        began = time.monotonic()
        facts = gather(place, 0.5)
        assert time.monotonic() - began < 2
        assert [finding.kind for finding in findings(facts)] == ["pgpool_unreachable"]


def test_a_look_up_that_hangs_holds_nobody_else_up(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    ours = socket.getaddrinfo

    def hang(host: Any, *rest: Any, **more: Any) -> Any:
        return ended.wait(30) if "slow.example" in str(host) else ours(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    with doubles(2) as (good, place):
        slow = Client(Address("slow.example", 9898), Credentials(USERNAME, PASSWORD))
        began = time.monotonic()
        seen = gather_all([replace(place, connect=lambda seconds: slow), good], 1.0)
        assert time.monotonic() - began < 3
    ended.set()
    assert [bool(facts.settings) for facts in seen] == [False, True]
    assert [finding.kind for finding in findings(seen[0])] == ["pgpool_unreachable"]


def test_a_node_info_that_hangs_leaves_what_pgpool_has_in_memory() -> None:
    with doubles(1, Fault.SILENCE, at="I") as (place,):
        facts = gather(place, 1.0)
    assert facts.nodes_are_from_memory
    assert facts.nodes and len(facts.nodes) == 2
    assert "node_info_silent" in [finding.kind for finding in findings(facts)]


@pytest.mark.parametrize("fault", Fault)
def test_any_misbehaviour_is_a_source_that_failed(fault: Fault) -> None:
    with doubles(1, fault) as (place,):
        facts = gather(place, 0.6)
    assert any(source.error for source in facts.sources)
    assert findings(facts)
