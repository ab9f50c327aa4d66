"""``pypcp rejoin --method basebackup`` on two hosts: each shape that a data directory can have, or not have."""

from __future__ import annotations

import pytest

from tests.hosts.checks import content, diverge, footprint, ledger_of, pypcp, refuses, rejoin
from tests.hosts.lab.pair import Pair
from tests.hosts.lab.postgres import BIN, DATA, LOG, Layout
from tests.hosts.lab.waiting import eventually
from tests.hosts.stand import Run

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(180)]
STATE = f"{DATA.rpartition('/')[0]}/.pypcp-main"
COPY = ("ser.bigdata.wh.com", "--yes", "--method", "basebackup")


def fail(pair: Pair) -> None:
    """``ser`` stops, ``bak`` takes over."""
    pair.postgres[pair.ser].stop()
    pair.pgpool.wait_for("standby down", "primary up")


def assert_follows(pair: Pair) -> None:
    """``ser`` follows ``bak``, in PostgreSQL, in pgpool and in its rows."""
    here, there = pair.postgres[pair.ser], pair.postgres[pair.bak]
    assert not here.is_primary() and there.standbys() == [pair.ser.address]
    pair.pgpool.wait_for("standby up", "primary up", within=10)
    there.sql("CREATE TABLE IF NOT EXISTS proof (n int); INSERT INTO proof VALUES (1)", "app")
    eventually(lambda: content(here) == content(there), 10, "the same rows on both nodes")


@pytest.mark.parametrize(
    ("pair", "left"),
    [(Layout.PLAIN, "nothing"), (Layout.DEBIAN, "an empty directory")],
    indirect=["pair"],
    ids=["missing", "empty"],
)
def test_a_node_without_a_data_directory_gets_one_only_when_told(pair: Pair, left: str) -> None:
    ledger = ledger_of(pair)
    with ledger.writing():
        fail(pair)
        pair.ser.run(["rm", "-r", DATA])
        if left != "nothing":
            pair.ser.make(DATA, "root")
        before = footprint(pair.ser)
        assert "--method basebackup" in refuses(pair.adm, "ser.bigdata.wh.com", "--yes")
        assert footprint(pair.ser) == before

        said = rejoin(pair.adm, *COPY)

    assert "only pgpool's settings tell" in said and "belong to postgres" in said and "kept in" not in said
    assert_follows(pair)
    assert not ledger.missing(pair.postgres[pair.ser])
    named = pair.ser.port if pair.postgres[pair.ser].layout is Layout.DEBIAN else pair.bak.port
    assert pair.postgres[pair.ser].sql("SHOW cluster_name") == named


def test_a_node_that_runs_from_another_directory_is_left_alone(pair: Pair) -> None:
    pair.postgres[pair.bak].stop()
    pair.bak.run(["mv", DATA, f"{DATA}.moved"])
    pair.bak.run([f"{BIN}/pg_ctl", "-D", f"{DATA}.moved", "-w", "-l", LOG, "start"], user="postgres")

    said = refuses(pair.adm, "bak.bigdata.wh.com", *COPY[1:])

    assert "it runs from another directory" in said
    pair.bak.run([f"{BIN}/pg_ctl", "-D", f"{DATA}.moved", "-w", "stop"], user="postgres")


def test_a_swap_that_was_killed_half_way_is_ended_by_the_next_run(pair: Pair) -> None:
    ledger = ledger_of(pair)
    with ledger.writing():
        fail(pair)
        pair.ser.make(f"{STATE}/swap.new", "postgres")  # where that step writes first: it fails
        assert pypcp(pair.adm, "rejoin", *COPY).returncode == 1
        pair.ser.run(["rmdir", f"{STATE}/swap.new"])
        # as the step leaves it when it is killed between its two renames
        pair.ser.write(f"{STATE}/swap.began", "20261123T000000Z\n", "postgres")
        pair.ser.run(["mv", DATA, f"{DATA}.before-20261123T000000Z"])

        said = rejoin(pair.adm, "ser.bigdata.wh.com", "--yes")

    assert "was taking the place" in said and "its history is contained" in said
    assert_follows(pair)
    assert not ledger.missing(pair.postgres[pair.ser])


def is_free(pair: Pair) -> bool:
    """Whether nobody has the lock of ``ser``'s data directory."""
    return pair.ser.run(["flock", "-n", f"{STATE}/lock", "true"], check=False).returncode == 0


def test_killed_while_it_copies_and_while_it_swaps_it_converges(pair: Pair) -> None:
    ledger = ledger_of(pair)
    with ledger.writing():
        fail(pair)
        for step in ("basebackup", "swap"):
            run = Run(pair.adm, ["rejoin", *COPY])
            run.follow(step, "started")
            run.kill()
            run.output()
            eventually(lambda: is_free(pair), 60, "the end of the step, which goes on there")

        rejoin(pair.adm, *COPY)

    assert_follows(pair)
    assert not ledger.missing(pair.postgres[pair.ser])


def test_wal_that_lies_elsewhere_stays_there(pair: Pair) -> None:
    fail(pair)
    wal = "/home/wal/main"
    pair.ser.make("/home/wal", "root")
    pair.ser.run(["mv", f"{DATA}/pg_wal", wal])
    pair.ser.run(["ln", "-s", wal, f"{DATA}/pg_wal"])
    assert "is a mount point, or postgres may not write" in refuses(pair.adm, *COPY)
    pair.ser.run(["chown", "postgres", "/home/wal"])

    said = rejoin(pair.adm, *COPY)

    assert_follows(pair)
    assert pair.ser.run(["readlink", f"{DATA}/pg_wal"]).stdout == f"{wal}\n"
    kept = said.partition("kept in ")[2].partition("\n")[0].split(" and ")
    assert kept[1].startswith(f"{wal}.before-")
    assert pair.ser.run(["readlink", f"{kept[0]}/pg_wal"]).stdout == f"{kept[1]}\n"


FAST = "/home/fast = $(rm -rf x)"  # not a word that a shell or pg_basebackup would leave alone


def make_tablespaces(pair: Pair) -> None:
    """One that both hosts have, with a table in it."""
    for host in (pair.ser, pair.bak):
        host.make(FAST, "postgres")
    pair.postgres[pair.ser].sql(f"CREATE TABLESPACE fast LOCATION '{FAST}'", "app")
    pair.postgres[pair.ser].sql("CREATE TABLE t TABLESPACE fast AS SELECT generate_series(1, 1000) n", "app")
    pair.wait_until_equal()


def test_tablespaces_are_copied_to_where_the_primary_has_them(pair: Pair) -> None:
    make_tablespaces(pair)
    fail(pair)
    primary = pair.postgres[pair.bak]
    primary.sql("UPDATE t SET n = -n", "app")

    said = rejoin(pair.adm, *COPY)

    assert_follows(pair)
    kept = said.partition("kept in ")[2].partition("\n")[0].split(" and ")
    assert kept[1].startswith(f"{FAST}/.pypcp-before-")
    links = pair.ser.run(["sh", "-c", f"readlink {DATA}/pg_tblspc/* {kept[0]}/pg_tblspc/*"]).stdout.splitlines()
    assert links == [FAST, kept[1]]
    listed = sorted(pair.ser.run(["ls", "-A", FAST]).stdout.split())
    assert len(listed) == 2 and listed[1].startswith("PG_")
    assert pair.ser.run(["ls", kept[1]]).stdout == pair.ser.run(["ls", "--ignore=.*", FAST]).stdout


def test_a_rewind_brings_tablespaces_that_were_made_since(pair: Pair) -> None:
    make_tablespaces(pair)
    diverge(pair, "stop")
    pair.bak.make("/home/later", "postgres")
    primary = pair.postgres[pair.bak]
    primary.sql("CREATE TABLESPACE later LOCATION '/home/later'", "app")
    primary.sql("CREATE TABLE u TABLESPACE later AS SELECT generate_series(1, 1000) n", "app")
    primary.sql("UPDATE t SET n = -n", "app")
    words = ("ser.bigdata.wh.com", "--yes", "--discard-diverged")
    assert "'/home/later'" in refuses(pair.adm, *words)
    pair.ser.make("/home/later", "postgres")

    rejoin(pair.adm, *words)

    assert_follows(pair)


def test_a_mount_point_gets_new_contents_and_a_killed_swap_of_them_is_ended(pair: Pair) -> None:
    ledger = ledger_of(pair)
    with ledger.writing():
        fail(pair)
        mount = f"cp -a {DATA} {DATA}.moved && mount -t tmpfs -o mode=700 tmpfs {DATA} && chown postgres {DATA}"
        pair.ser.run(["sh", "-c", f"{mount} && cp -a {DATA}.moved/. {DATA}"])
        pair.ser.make(f"{STATE}/swap.new", "postgres")  # where that step writes first: it fails
        assert pypcp(pair.adm, "rejoin", *COPY).returncode == 1
        pair.ser.run(["rmdir", f"{STATE}/swap.new"])
        # as the step leaves it when it is killed while it moves the old files
        pair.ser.write(f"{STATE}/swap.began", "20261123T000000Z\n", "postgres")
        kept = f"{DATA}/.pypcp-before-20261123T000000Z"
        moves = f"mkdir {kept}; mv global/pg_control {kept}/.pypcp-control; mv PG_VERSION base {kept}"
        pair.ser.run(["sh", "-c", f"cd {DATA}; {moves}; chown postgres {kept}"])

        said = rejoin(pair.adm, "ser.bigdata.wh.com", "--yes")

    assert "was taking the place" in said and f"kept in {kept}\n" in said
    assert_follows(pair)
    assert not ledger.missing(pair.postgres[pair.ser])
    pair.ser.run(["mountpoint", DATA])
    pair.ser.run(["test", "-f", f"{kept}/global/pg_control"])
