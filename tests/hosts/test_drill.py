"""``pypcp drill`` on two hosts with a watchdog: the virtual IP moves, the primary fails over, the node comes back."""

from __future__ import annotations

import json

import pytest

from tests.hosts.checks import assert_standby, pypcp
from tests.hosts.configured import NAME
from tests.hosts.lab.pair import Pair
from tests.hosts.lab.watchdog import VIRTUAL_IP, has_virtual_ip

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(240)]


def test_every_act_on_a_real_pair(configured_pair: Pair) -> None:
    pair = configured_pair
    through = f"host={VIRTUAL_IP} port=9999 user=app dbname=app"
    leads = pair.ser if has_virtual_ip(pair.ser) else pair.bak

    done = pypcp(
        pair.bak, "--cluster", NAME, "drill", "--on-a-real-pair", NAME, "--yes", "--json", "--sql", through, timeout=200
    )

    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert [act["act"] for act in told["acts"]] == ["leader", "primary", "rejoin"]
    assert f"the virtual IP {VIRTUAL_IP} moved from {leads.name}" in told["acts"][0]["result"]
    assert all(act["seconds_without_write"] < 60 for act in told["acts"])
    assert told["missing_commits"] == [] and told["acknowledged_commits"] > 10
    assert not has_virtual_ip(leads)
    assert [has_virtual_ip(host) for host in (pair.ser, pair.bak)].count(True) == 1
    assert_standby(pair, pair.ser, pair.bak)
