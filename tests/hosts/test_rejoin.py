"""``pypcp rejoin`` on two hosts and a third: what it brings back, and how."""

from __future__ import annotations

import pytest

from tests.hosts.checks import assert_standby, diverge, footprint, ledger_of, refuses, rejoin
from tests.hosts.lab.pair import Pair
from tests.hosts.lab.postgres import Layout
from tests.hosts.lab.watchdog import VIRTUAL_IP

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(180)]
both_layouts = pytest.mark.parametrize("pair", list(Layout), indirect=True, ids=lambda layout: layout.name.lower())


@both_layouts
def test_a_primary_that_was_stopped_comes_back_as_a_standby(pair: Pair) -> None:
    ledger = ledger_of(pair)
    with ledger.writing():
        pair.postgres[pair.ser].stop()
        pair.pgpool.wait_for("standby down", "primary up")

        rejoin(pair.adm, "ser.bigdata.wh.com", "--yes")

    assert_standby(pair, pair.ser, pair.bak)
    assert not ledger.missing(pair.postgres[pair.ser])


@both_layouts
def test_a_primary_that_was_killed_comes_back_as_a_standby(pair: Pair) -> None:
    ledger = ledger_of(pair)
    with ledger.writing():
        pass
    pair.wait_until_equal()
    pair.postgres[pair.ser].kill()
    pair.pgpool.wait_for("standby down", "primary up")

    with ledger.writing():
        rejoin(pair.adm, "ser.bigdata.wh.com", "--yes")

    assert_standby(pair, pair.ser, pair.bak)
    assert not ledger.missing(pair.postgres[pair.ser])


@both_layouts
@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_primary_that_went_its_own_way_is_rewound_only_when_told(pair: Pair, end: str) -> None:
    diverge(pair, end)
    before = footprint(pair.ser)

    said = refuses(pair.adm, "ser.bigdata.wh.com", "--yes")

    assert "--discard-diverged" in said
    assert footprint(pair.ser) == before
    rejoin(pair.adm, "ser.bigdata.wh.com", "--yes", "--discard-diverged")
    assert_standby(pair, pair.ser, pair.bak)
    assert pair.postgres[pair.ser].sql("SELECT to_regclass('lost')", "app") == ""


def test_three_round_trips(pair: Pair) -> None:
    ledger = ledger_of(pair)
    primary, standby = pair.ser, pair.bak
    for _ in range(6):
        with ledger.writing():
            pair.postgres[primary].stop()
            roles = {primary: "standby down", standby: "primary up"}
            pair.pgpool.wait_for(roles[pair.ser], roles[pair.bak])

            rejoin(pair.adm, primary.name, "--yes")

        primary, standby = standby, primary
        assert_standby(pair, standby, primary)
    assert not ledger.missing(pair.postgres[primary])


@pytest.mark.parametrize("name", ["ser", "bak", "adm"])
def test_it_runs_on_every_host(pair: Pair, name: str) -> None:
    here = next(host for host in pair.hosts if host.port == name)
    pair.postgres[pair.ser].stop()
    pair.pgpool.wait_for("standby down", "primary up")

    rejoin(here, "ser.bigdata.wh.com", "--yes", "--host", pair.adm.name)

    assert_standby(pair, pair.ser, pair.bak)


@pytest.mark.parametrize("name", ["ser", "bak", "adm"])
def test_through_the_virtual_ip(watchdog_pair: Pair, name: str) -> None:
    pair = watchdog_pair
    here = next(host for host in pair.hosts if host.port == name)
    pair.postgres[pair.ser].stop()
    for pgpool in pair.pgpools.values():
        pgpool.wait_for("standby down", "primary up")

    rejoin(here, "ser.bigdata.wh.com", "--yes", "--host", VIRTUAL_IP)

    assert_standby(pair, pair.ser, pair.bak)
