"""An old pgpool.conf says the same to a newer pgpool, and nothing of it is lost without a word."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypcp.errors import WrongUsage
from pypcp.lab.layout import Lab
from pypcp.lab.pgpool import settings
from pypcp.pgpool.conf import ConfError, PgpoolConf
from pypcp.pgpool.migration import migrate
from pypcp.pgpool.parameter import NEWEST, Release
from pypcp.pgpool.parameter_table import TABLE
from pypcp.pgpool.parameters import RELEASES, is_read, lookup

LAB = Lab(Path("/tmp/lab"), 3, 9999, 9898, 5432)
WATCHDOG = """\
# the watchdog
use_watchdog = on
wd_hostname = 'ser'
wd_port = 9001              # ours
wd_heartbeat_port = 9695
heartbeat_destination0 = '192.0.2.2'
heartbeat_device0 = 'eth0'
heartbeat_destination1 = '198.51.100.2'
heartbeat_destination_port1 = 9694
other_pgpool_hostname0 = 'bak'
other_pgpool_port0 = 9998
other_wd_port0 = 9000
delegate_IP = '192.0.2.9'   # the address
master_slave_mode = on
master_slave_sub_mode = 'stream'
"""


MEMBERS = st.sampled_from(["wd_hostname", "use_watchdog", "wd_port", "port"]) | st.from_regex(
    r"(other_pgpool_hostname|other_wd_port|heartbeat_destination|heartbeat_device|heartbeat_destination_port)[0-9]{1,4}",
    fullmatch=True,
)
MODES = ("replication_mode", "master_slave_mode", "master_slave_sub_mode")


def migrated(text: str, old: Release, new: Release) -> dict[str, str]:
    return dict(migrate(PgpoolConf.parse(text), old, new).conf.settings)


@pytest.mark.parametrize("new", [release for release in RELEASES if release >= (4, 2)])
def test_the_labs_file_of_4_1_becomes_the_one_that_is_written_for_a_newer_pgpool(new: Release) -> None:
    found = migrated(settings(LAB, (4, 1)), (4, 1), new)
    wanted = dict(PgpoolConf.parse(settings(LAB, new)).settings)
    if new >= (4, 7):
        wanted["work_dir"] = wanted.pop("logdir")
    assert found == wanted


def test_the_members_of_the_watchdog_are_numbered_alike_on_every_host() -> None:
    done = migrate(PgpoolConf.parse(WATCHDOG), (4, 1), (4, 6))
    assert done.node_id == 1, "bak comes before ser"
    found = done.conf.settings
    assert {name: found[name] for name in found if name[-1].isdigit()} == {
        **{"hostname0": "bak", "wd_port0": "9000", "pgpool_port0": "9998"},
        **{"heartbeat_hostname0": "192.0.2.2;198.51.100.2", "heartbeat_port0": "9694", "heartbeat_device0": "eth0"},
        **{"hostname1": "ser", "wd_port1": "9001", "pgpool_port1": "9999"},
        **{"heartbeat_hostname1": "ser", "heartbeat_port1": "9695", "heartbeat_device1": ""},
    }
    assert "delegate_ip = '192.0.2.9'   # the address\n" in done.conf.text, "a renamed setting keeps line and comment"
    assert found["backend_clustering_mode"] == "streaming_replication"
    assert ("replaced", "pgpool_node_id") in [(note.kind, note.name) for note in done.notes]


def test_three_hosts_agree_on_their_order() -> None:
    def of(own: str, *others: str) -> str:
        lines = [
            f"other_pgpool_hostname{n} = '{name}'\nheartbeat_destination{n} = '{name}'" for n, name in enumerate(others)
        ]
        return f"use_watchdog = on\nwd_hostname = '{own}'\n" + "\n".join(lines) + "\n"

    done = [migrate(PgpoolConf.parse(of(*hosts)), (3, 6), (4, 3)) for hosts in (("a", "c", "b"), ("b", "a", "c"))]
    assert [each.node_id for each in done] == [0, 1]
    assert done[0].conf.settings == done[1].conf.settings


@pytest.mark.parametrize(
    ("said", "mode"),
    [
        ("replication_mode = on", "native_replication"),
        ("master_slave_mode = on\nmaster_slave_sub_mode = 'logical'", "logical_replication"),
        ("master_slave_mode = on\nmaster_slave_sub_mode = 'slony'", "slony"),
        ("master_slave_mode = on", "streaming_replication"),
        ("", "raw"),
    ],
)
def test_the_mode_is_the_one_that_there_was(said: str, mode: str) -> None:
    assert migrated(f"{said}\n", (4, 1), (4, 3)) == {"backend_clustering_mode": mode}
    assert migrated("master_slave_mode = on\n", (3, 6), (4, 3)) == {"backend_clustering_mode": "slony"}, "its default"


def test_values_follow_words_and_units() -> None:
    old = "relcache_query_target = master\nbackend_flag0 = 'ALWAYS_MASTER|ALLOW_TO_FAILOVER'\n"
    found = migrated(old, (4, 1), (4, 2))
    assert (found["relcache_query_target"], found["backend_flag0"]) == ("primary", "ALWAYS_PRIMARY|ALLOW_TO_FAILOVER")
    assert migrated("delay_threshold_by_time = 10\n", (4, 4), (4, 5)) == {"delay_threshold_by_time": "10s"}
    assert migrated("delay_threshold_by_time = 10\n", (4, 5), (4, 6)) == {"delay_threshold_by_time": "10"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("use_watchdog = on\n", "wd_hostname is not set"),
        ("master_slave_mode = on\nmaster_slave_sub_mode = 'slony'\n", "'slony' is none of"),
        (
            "use_watchdog = on\nwd_hostname = 'a'\nother_pgpool_hostname0 = 'b'\nother_pgpool_hostname1 = 'c'\n"
            + "".join(f"heartbeat_destination{n} = '192.0.2.{n}'\n" for n in range(4)),
            "to which host heartbeat_destination2 belongs",
        ),
    ],
)
def test_what_no_newer_file_can_say_is_an_error(text: str, said: str) -> None:
    with pytest.raises(ConfError, match=said):
        migrate(PgpoolConf.parse(text), (4, 1), NEWEST)


def test_what_is_left_to_another_default_and_what_is_unknown_are_told() -> None:
    notes = migrate(PgpoolConf.parse("mistyped = 1\nport = 9999\ninclude 'more.conf'\n"), (4, 2), (4, 3)).notes
    assert ("kept", "include") in [(note.kind, note.name) for note in notes]
    assert ("kept", "mistyped") in [(note.kind, note.name) for note in notes]
    assert "'on' by default now; was 'off'" in next(note.text for note in notes if note.name == "load_balance_mode")
    with pytest.raises(WrongUsage, match="older"):
        migrate(PgpoolConf.parse(""), (4, 3), (4, 2))


@given(st.dictionaries(MEMBERS, st.sampled_from(["on", "a", "b", "9000", ""]), max_size=9))
def test_any_members_are_numbered_or_one_error_is_raised(said: dict[str, str]) -> None:
    conf = PgpoolConf.parse("").changed({"use_watchdog": "on", **said})
    try:
        done = migrate(conf, (4, 1), (4, 3))
    except ConfError:
        return
    if done.node_id is not None:
        assert done.conf.get(f"hostname{done.node_id}") == said["wd_hostname"]


NAMES = st.lists(
    st.sampled_from([row.name.replace("#", "0") for row in TABLE if row.name != "use_watchdog"]), max_size=9
)


@given(NAMES, st.sampled_from(RELEASES), st.sampled_from(RELEASES))
def test_nothing_is_lost_without_a_word(names: list[str], one: Release, other: Release) -> None:
    old, new = sorted((one, other))
    rows = {name: row for name in names if (row := lookup(name, old))}
    values = {name: "1024" if row.span[0] == 1024 else row.default_in(old) for name, row in rows.items()}
    if old < (4, 2):
        values |= {"master_slave_mode": "on", "master_slave_sub_mode": "stream"}
    conf = PgpoolConf.parse("# first\n").changed(values)
    done = migrate(conf, old, new)
    told = {note.name for note in done.notes}
    lost = [name for name in values if name not in done.conf.settings and name not in told]
    assert [name for name in lost if "backend_clustering_mode" not in told or name not in MODES] == []
    assert [name for name in done.conf.settings if not is_read(name, new)] == []
    assert migrate(done.conf, new, new).conf.text == done.conf.text
