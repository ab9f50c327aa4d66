"""``pypcp switchover`` on two hosts, over ssh and through the virtual IP, under a client that writes all the time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.hosts.checks import assert_standby, pypcp
from tests.hosts.lab.host import Host
from tests.hosts.lab.ledger import Ledger
from tests.hosts.lab.pair import Pair
from tests.hosts.lab.watchdog import VIRTUAL_IP

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(300)]


def switchover(here: Host, node: Host) -> dict[str, Any]:
    """It succeeds; its result."""
    done = pypcp(here, "switchover", node.name, "--host", VIRTUAL_IP, "--yes", "--json", "--timeout", "40", timeout=150)
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout}{done.stderr}"
    last: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return last


def test_there_and_back_through_the_virtual_ip_without_losing_a_commit(watchdog_pair: Pair) -> None:
    """First from another host, then from the one that is to be the primary again."""
    pair = watchdog_pair
    ledger = Ledger(pair.adm, f"host={VIRTUAL_IP} port=9999 user=app dbname=app")
    ledger.create(pair.postgres[pair.ser])
    for here, new, old in ((pair.adm, pair.bak, pair.ser), (pair.ser, pair.ser, pair.bak)):
        with ledger.writing():
            result = switchover(here, new)

        assert_standby(pair, old, new)
        assert result["verdict"] in ("start", "rewind")
        print(f"measured: {result}")  # noqa: T201
        for instance in pair.postgres.values():
            assert not ledger.missing(instance)
            assert instance.sql("SHOW synchronous_standby_names") == ""
