"""The watchdog, and the pair behind it, as status shows them from a third host."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.hosts.lab.pair import Pair
from tests.hosts.lab.watchdog import VIRTUAL_IP

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(120)]


def status(pair: Pair) -> dict[str, Any]:
    done = pair.adm.run(["pypcp", "status", "-h", VIRTUAL_IP, "--json"], check=False)
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
