"""Rejoin on each PostgreSQL that can be had, with that version's own programs: by start, by rewind, by base backup."""

from __future__ import annotations

import pytest

from pypcp.hosts.local import LocalHost
from pypcp.lab import LabNode, Workshop, break_replication
from pypcp.lab.processes import wait_until
from pypcp.postgres.look import end_of_shutdown, look
from pypcp.postgres.lsn import segment_name
from pypcp.rejoin.facts import Request
from pypcp.rejoin.refusals import Refused

from .other_postgres import bring_back, fail_over, lab_of, rejoin, sql

pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]
START = ["configure", "start", "follow", "attach"]


def assert_same(shop: Workshop, standby: LabNode, primary: LabNode, rows: str) -> None:
    assert shop.look().is_whole
    query = "SELECT string_agg(n::text, ' ' ORDER BY n) FROM told"
    assert sql(shop, primary, query) == rows
    assert wait_until(lambda: sql(shop, standby, query) == rows, 20)


def assert_clean_end_is_known_without_a_dump(shop: Workshop, stopped: LabNode) -> None:
    seen = look(LocalHost(), str(stopped.data), str(shop.programs.bindir))
    assert seen.control
    assert seen.wal_end == end_of_shutdown(seen.control, seen.era)


def write_row(shop: Workshop, node: LabNode, number: int) -> None:
    sql(shop, node, f"INSERT INTO told VALUES ({number})")


@pytest.mark.parametrize("version", ["11", "13", "14", "15", "16", "17", "18"])
def test_every_way_back(version: str) -> None:
    with lab_of(version) as shop:
        first, second = shop.lab.all_nodes
        sql(shop, first, "CREATE TABLE told (n int)")
        if int(version) >= 17:  # summaries are files that lie in pg_wal beside the WAL
            for node in shop.lab.all_nodes:
                change(shop, node, "summarize_wal", "on")

        fail_over(shop)
        assert_clean_end_is_known_without_a_dump(shop, first)
        write_row(shop, second, 1)
        assert bring_back(shop, 0) == START
        assert_same(shop, first, second, "1")

        fail_over(shop, kill=True)
        write_row(shop, first, 2)
        assert bring_back(shop, 1) == START
        assert_same(shop, second, first, "1 2")

        break_replication(shop)
        write_row(shop, first, -1)  # which nobody else will have
        fail_over(shop, kill=True)
        write_row(shop, second, 3)
        with pytest.raises(Refused), rejoin(shop, 0) as work:
            work.plan()
        done = bring_back(shop, 0, Request(discard_diverged=True))
        assert done == ["save", "recover", "checkpoint", "rewind", "restore", *START, "close"]
        assert_same(shop, first, second, "1 2 3")

        fail_over(shop)
        write_row(shop, first, 4)
        done = bring_back(shop, 1, Request(method="basebackup"))
        assert done == ["basebackup", "adopt", "configure", "swap", *START[1:]]
        assert_same(shop, second, first, "1 2 3 4")


def test_12_with_the_programs_that_its_package_has() -> None:
    """It has the first standby.signal and the last wal_keep_segments; its control file tells where its WAL ends."""
    with lab_of("12") as shop:
        first, second = shop.lab.all_nodes
        sql(shop, first, "CREATE TABLE told (n int)")

        fail_over(shop)
        write_row(shop, second, 1)
        assert bring_back(shop, 0) == START
        assert_same(shop, first, second, "1")

        fail_over(shop)
        write_row(shop, first, 2)
        done = bring_back(shop, 1, Request(method="basebackup"))
        assert done == ["basebackup", "adopt", "configure", "swap", *START[1:]]
        assert_same(shop, second, first, "1 2")


def test_what_18_does_to_an_idle_slot_and_what_is_left_of_its_wal() -> None:
    with lab_of("18") as shop:
        first, second = shop.lab.all_nodes
        sql(shop, first, "CREATE TABLE told (n int)")
        change(shop, first, "primary_slot_name", "node0")
        fail_over(shop)
        sql(shop, second, "SELECT pg_create_physical_replication_slot('node0', true)")
        change(shop, second, "idle_replication_slot_timeout", "1s")
        assert wait_until(
            lambda: "lost" in sql(shop, second, "CHECKPOINT; SELECT wal_status FROM pg_replication_slots"), 20
        )
        change(shop, second, "idle_replication_slot_timeout", "0")
        write_row(shop, second, 1)
        assert bring_back(shop, 0) == ["configure", "slot", *START[1:]]
        assert sql(shop, second, "SELECT active, wal_status FROM pg_replication_slots") == "t|reserved"
        assert_same(shop, first, second, "1")

        fail_over(shop)
        stopped = look(LocalHost(), str(second.data))
        assert stopped.control and stopped.wal_end
        needed = segment_name(0, stopped.wal_end, stopped.control.segment_size)[8:]
        change(shop, first, "wal_keep_size", "0")
        assert wait_until(lambda: moves_on_from(shop, first, needed), 20)
        with pytest.raises(Refused) as refused, rejoin(shop, 1) as work:
            work.plan()
        assert [refusal.code for refusal in refused.value.refusals] == ["source-wal-gone"]
        with second.data.joinpath("postgresql.conf").open("a") as file:
            file.write("hot_standby = off\n")
        with pytest.raises(Refused) as refused, rejoin(shop, 1) as work:
            work.plan()
        assert [refusal.code for refusal in refused.value.refusals] == ["no-hot-standby", "source-wal-gone"]


def change(shop: Workshop, node: LabNode, setting: str, value: str) -> None:
    sql(shop, node, f"ALTER SYSTEM SET {setting} = '{value}'")
    sql(shop, node, "SELECT pg_reload_conf()")


def moves_on_from(shop: Workshop, node: LabNode, segment: str) -> bool:
    """Let the node fill WAL; whether it has removed that segment by now."""
    sql(shop, node, "INSERT INTO told VALUES (0); SELECT pg_switch_wal(); CHECKPOINT")
    return not list(node.data.joinpath("pg_wal").glob(f"????????{segment}"))
