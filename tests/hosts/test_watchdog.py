"""The laboratory with a pgpool on each host of the pair and the virtual IP."""

from __future__ import annotations

import pytest

from tests.hosts.lab.pair import Pair
from tests.hosts.lab.waiting import eventually
from tests.hosts.lab.watchdog import VIRTUAL_IP, has_virtual_ip

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(120)]


def test_the_virtual_ip_stays_when_only_postgresql_fails(watchdog_pair: Pair) -> None:
    pair = watchdog_pair

    pair.postgres[pair.ser].stop()

    for pgpool in pair.pgpools.values():
        pgpool.wait_for("standby down", "primary up")
    assert has_virtual_ip(pair.ser) and not has_virtual_ip(pair.bak)
    eventually(lambda: _server_behind_the_virtual_ip(pair) == "192.168.70.200", 30, "bak behind the virtual IP")


def test_the_virtual_ip_moves_when_its_host_dies(watchdog_pair: Pair) -> None:
    pair = watchdog_pair

    pair.ser.power_off()

    pair.wait_for_virtual_ip(pair.bak, within=60)
    pair.pgpools[pair.bak].wait_for("standby down", "primary up", within=60)
    eventually(lambda: _server_behind_the_virtual_ip(pair) == "192.168.70.200", 30, "bak behind the virtual IP")


def _server_behind_the_virtual_ip(pair: Pair) -> str:
    conninfo = f"host={VIRTUAL_IP} port=9999 user=app dbname=app"
    writing = "CREATE TEMP TABLE t (); SELECT host(inet_server_addr())"
    return pair.adm.run(["psql", "-XAtqc", writing, conninfo], check=False).stdout.strip()
