"""The watchdog, and the pair behind it, as status shows them from a third host."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.hosts.lab.pair import Pair, Pool
from tests.hosts.lab.postgres import PORT
from tests.hosts.lab.waiting import eventually
from tests.hosts.lab.watchdog import VIRTUAL_IP

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(120)]


def status(pair: Pair, host: str = VIRTUAL_IP) -> dict[str, Any]:
    done = pair.adm.run(["pypcp", "status", "-h", host, "--json"], check=False)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_leader_is_lost_with_its_host(watchdog_pair: Pair) -> None:
    pair = watchdog_pair
    before = status(pair)
    assert before["problems"] == []
    assert before["watchdog"]["leader_hostname"] == before["watchdog"]["delegate_ip_host"] == pair.ser.name
    assert [node["postgres"]["in_recovery"] for node in before["nodes"]] == [False, True]

    pair.ser.power_off()
    pair.wait_for_virtual_ip(pair.bak, within=60)
    pair.pgpools[pair.bak].wait_for("standby down", "primary up", within=60)

    after = status(pair)
    assert after["watchdog"]["leader_hostname"] == after["watchdog"]["delegate_ip_host"] == pair.bak.name
    assert {"down", "watchdog_member_lost"} <= {problem["kind"] for problem in after["problems"]}
    mend = next(problem["mend"] for problem in after["problems"] if problem["kind"] == "down")
    assert mend == "pypcp rejoin 0"


@pytest.mark.parametrize("watchdog_pair", [Pool.MAJORITY], indirect=True)
def test_a_node_that_one_pgpool_cannot_reach_and_a_pgpool_that_is_left_alone(watchdog_pair: Pair) -> None:
    pair = watchdog_pair
    ser, bak = pair.ser.name, pair.bak.name

    def problems(host: str) -> list[tuple[str, int | None]]:
        return [(problem["kind"], problem["node"]) for problem in status(pair, host)["problems"]]

    blocked = ["to", pair.ser.address, "ipproto", "tcp", "dport", str(PORT), "prohibit"]
    pair.bak.run(["ip", "rule", "add", *blocked])
    eventually(lambda: ("quarantined", 0) in problems(bak), 30, "the node in quarantine", every=0.5)
    eventually(lambda: problems(ser) == [], 10, "no problem of the other pgpool")
    pair.bak.run(["ip", "rule", "delete", *blocked])
    eventually(lambda: problems(bak) == [], 30, "the node back by itself", every=0.5)

    pair.ser.power_off()
    eventually(lambda: ("quorum_lost", None) in problems(bak), 60, "the quorum lost", every=0.5)
    alone = status(pair, bak)
    assert (alone["watchdog"]["quorum"], alone["watchdog"]["delegate_ip_host"]) == ("absent", None)
    mend = next(problem["mend"] for problem in alone["problems"] if problem["kind"] == "quorum_lost")
    assert mend == f"Start pgpool on {ser}."
