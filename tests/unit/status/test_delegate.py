"""Who has the delegate IP: the one behind the address says so, or this machine has it; nothing else counts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from pypcp import Client
from pypcp.address import Address
from pypcp.credentials import Credentials
from pypcp.errors import PypcpError
from pypcp.records import Watchdog
from pypcp.status import delegate
from pypcp.status.findings import findings
from pypcp.testing import PASSWORD, USERNAME, FakePgpool, complete

from .worlds import HEALTHY, found, watchdog

WATCHDOG = watchdog()
NAMES = [member.name for member in WATCHDOG.nodes]


def told_by(name: str) -> str:
    """What the pgpool of this name tells of the watchdog: itself first."""
    member = {"ID": 1, "NodeName": name, "HostName": "ha1", "DelegateIP": "10.0.0.9", "WdPort": 9000}
    member |= {"PgpoolPort": 9999, "Priority": 1, "State": 7, "StateName": "STANDBY"}
    whole = {"RemoteNodeCount": 1, "QuorumStatus": 1, "AliveNodeCount": 1, "Escalated": 0, "WatchdogNodes": [member]}
    return json.dumps({**whole, "LeaderNodeName": NAMES[0], "LeaderHostName": "ha0"})


@pytest.fixture
def pgpool() -> Iterator[FakePgpool]:
    with FakePgpool({"W": complete(told_by(NAMES[1]))}) as double:
        yield double


def at_hosts(*hosts: str) -> Watchdog:
    members = zip(WATCHDOG.nodes, hosts, strict=True)
    return replace(WATCHDOG, nodes=tuple(replace(member, hostname=host) for member, host in members))


def held(members: Watchdog, port: int) -> str:
    client = Client(Address("192.0.2.1", port), Credentials(USERNAME, PASSWORD))
    return delegate.holder(members, "127.0.0.1", lambda seconds: client, 2.0)


def test_the_member_that_answers_has_it(pgpool: FakePgpool) -> None:
    assert held(at_hosts("192.0.2.6", "192.0.2.7"), pgpool.port) == NAMES[1]


def test_the_member_on_this_machine_has_it_if_the_machine_has() -> None:
    assert held(at_hosts("127.0.0.1", "192.0.2.7"), 1) == NAMES[0]


def test_nobody_is_taken_for_it_where_nobody_answers() -> None:
    for members in (at_hosts("127.0.0.1", "127.0.0.1"), at_hosts("192.0.2.6", "192.0.2.7")):
        with pytest.raises(PypcpError):
            held(members, 1)


@pytest.mark.parametrize("told", [None, "", "vip.example", "127.0.0.1", "0.0.0.0", "::", "224.0.0.1", "10.0.0.9; id"])
def test_only_the_address_of_a_host_is_asked(told: str | None) -> None:
    nodes = tuple(replace(member, delegate_ip=told) for member in WATCHDOG.nodes)
    assert delegate.address(replace(WATCHDOG, nodes=nodes)) is None


def test_elsewhere_than_the_leader() -> None:
    there = replace(HEALTHY, delegate_ip="10.0.0.9", delegate_holder=NAMES[0])
    assert findings(there) == []
    assert list(found(replace(there, delegate_holder=NAMES[1]))) == ["delegate_ip_elsewhere"]
    assert "on ha1, but" in findings(replace(there, delegate_holder=NAMES[1]))[0].text
