"""The table of parameters against what seven versions of pgpool told, and against the sample files at hand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypcp.commands.pool_status import pool_status
from pypcp.errors import WrongUsage
from pypcp.pgpool.conf import PgpoolConf
from pypcp.pgpool.parameter import BOOL, INT, NEWEST, OLDEST, TEXT, Parameter, Release
from pypcp.pgpool.parameter_table import TABLE
from pypcp.pgpool.parameters import RELEASES, ever, is_read, lookup, release, required
from tests.unit.pcp.recordings import Recording, asked
from tests.unit.pcp.test_replies import outcome

# What pool_status tells beside parameters, and one that it calls otherwise than pgpool.conf does.
NOT_PARAMETERS = re.compile(
    r"(?:backend_status|standby_delay)\d+|memqcache_(?:cache_oiddir|stats_start_time|(?:no_)?cache_hits)"
)
STATUSES = [each for each in asked() if each.request == ("B", b"") and not each.refusal]
SAMPLE = Path("/usr/share/pgpool2/pgpool.conf")
# Debian's own paths and port, and where upstream's sample shows an example or has been left behind by the source.
NOT_DEFAULTS = (
    *("port", "socket_dir", "pcp_socket_dir", "pid_file_name", "logdir", "ssl_key", "ssl_cert"),
    *("reset_query_list", "insert_lock", "health_check_database"),
)


@pytest.mark.parametrize("recording", STATUSES, ids=lambda recording: recording.name)
def test_every_parameter_that_a_pgpool_told_is_known(recording: Recording) -> None:
    version = release(recording.file)
    told = [setting.name for setting in outcome(pool_status(), recording.answer)]
    names = [name for name in told if not NOT_PARAMETERS.fullmatch(name)]
    assert len(names) > 120 and [name for name in names if not lookup(name, version)] == []


@pytest.mark.lab
def test_every_name_of_the_sample_is_known_and_has_its_default() -> None:
    """Debian's sample of pgpool 4.3, which shows each default in a comment."""
    samples = re.findall(r"^#(\w+) = (.*?)[ \t]*(?:#.*)?$", SAMPLE.read_text(), re.MULTILINE)
    assert len(samples) > 150
    shown = {name: PgpoolConf.parse(f"{name} = {value}").settings[name] for name, value in samples}
    rows = {name: lookup(name, (4, 3)) for name in shown}
    assert [name for name, row in rows.items() if not row] == []
    differing = [
        name
        for name, row in rows.items()
        if row
        and not row.is_numbered
        and name not in NOT_DEFAULTS
        and row.meaning(row.default_in((4, 3))) != row.meaning(shown[name])
    ]
    assert differing == []


@pytest.mark.lab
def test_what_the_sample_says_takes_a_restart_does() -> None:
    lines = SAMPLE.read_text().split("\n")
    said, name = set(), ""
    for line in lines:
        if found := re.match(r"#?(\w+) = ", line):
            name = found[1]
        if name and "change requires restart" in line:
            said.add(name)
    assert len(said) > 50
    assert [name for name in said if not required(name, (4, 3)).needs_restart((4, 3))] == []


def test_a_name_has_one_row_at_a_time_and_a_default_that_its_pgpool_takes() -> None:
    for version in RELEASES:
        rows = [row for row in TABLE if row.is_in(version)]
        assert len({row.name for row in rows}) == len(rows)
        default = [(row.name, row.complaint(row.default_in(version), version)) for row in rows if row.span[0] < 1024]
        assert [each for each in default if each[1]] == []


def test_what_replaces_a_parameter_is_there_when_it_goes() -> None:
    for row in TABLE:
        if row.now:
            after = RELEASES[RELEASES.index(row.until) + 1]
            assert any(other.name == row.now and other.is_in(after) for other in TABLE), row.name
            assert row.now != row.name and lookup(row.name, after) is None


@pytest.mark.parametrize(
    ("name", "version", "said"),
    [
        ("prot", (4, 3), "none of this name\nClose to it: port"),
        ("backend_hostnam1", (4, 3), "Close to it: backend_hostname1"),
        ("Port", (4, 3), "none of this name"),
        ("follow_master_command", (4, 2), "no more since 4.2\nUse follow_primary_command."),
        ("wd_hostname", (4, 3), "no more since 4.2\nUse hostname0."),
        ("hostname1", (4, 1), "since 4.2\nHere it is "),
        ("health_check_period1", (3, 6), "since 3.7"),
        ("a\nb\x1b", (4, 3), r"parameter a b\\x1b:"),
    ],
)
def test_a_name_that_is_not_there_is_told_with_what_is(name: str, version: Release, said: str) -> None:
    with pytest.raises(WrongUsage, match=said):
        required(name, version)


def test_what_a_reload_does_depends_on_the_version() -> None:
    assert required("port", (4, 3)).needs_restart((4, 3))
    assert not required("health_check_period0", (4, 3)).needs_restart((4, 3))
    rotation = required("log_rotation_age", (4, 5))
    assert rotation.needs_restart((4, 5)) and not rotation.needs_restart((4, 6))
    assert required("load_balance_mode", (4, 2)).default_in((4, 2)) == "off"
    assert required("load_balance_mode", (4, 3)).default_in((4, 3)) == "on"
    assert is_read("delegate_IP", NEWEST) and not is_read("wd_hostname", NEWEST)
    assert ever("wd_authkey") and required("health_check_password1", NEWEST).is_secret


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("sr_check_period", "60", "1min"),
        ("health_check_period0", "60000ms", "60"),
        ("connect_timeout0", "10s", "10000"),
        ("memqcache_total_size", "64MB", "67108864"),
        ("log_rotation_age", "1d", "1440"),
        ("log_file_mode", "0600", "384"),
        ("use_watchdog", "t", "on"),
        ("use_watchdog", "OFF", "0"),
        ("trusted_servers", "a,b", "a,b"),
        ("listen_addresses", "a, b", "a,b"),
        ("memqcache_method", "SHMEM", "shmem"),
        ("backend_weight0", "1", "1.0"),
    ],
)
def test_values_that_mean_the_same(name: str, one: str, other: str) -> None:
    row = required(name, (4, 4))
    assert row.meaning(one) == row.meaning(other)
    assert not row.complaint(one, (4, 4))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("port", "80", "between 1024 and 65535"),
        ("port", "many", "not a whole number"),
        ("port", "9999s", "not a whole number"),
        ("port", "1.5", "not a whole number"),
        ("sr_check_period", "5 apples", "with a unit like s"),
        ("sr_check_period", "5MB", "with a unit like s"),
        ("health_check_period", "5s", "for health_check_period0 and its like only; it counts s"),
        ("use_watchdog", "o", "neither on nor off"),
        ("backend_clustering_mode", "stream", "none of streaming_replication"),
        ("num_init_children", "0", "between 1 and"),
    ],
)
def test_a_value_that_pgpool_would_not_take_is_told(name: str, value: str, said: str) -> None:
    assert said in required(name, (4, 3)).complaint(value, (4, 3))


def test_units_are_known_from_4_2_on() -> None:
    row = required("health_check_period", (4, 1))
    assert "from 4.2 on; it counts s" in row.complaint("1min", (4, 1)) and not row.complaint("60", (4, 1))


@given(st.sampled_from(TABLE), st.text(), st.sampled_from(RELEASES))
def test_any_value_is_judged(row: Parameter, value: str, version: Release) -> None:
    assert row.meaning(value) == row.meaning(value) and isinstance(row.complaint(value, version), str)


@pytest.mark.parametrize(
    "value", ["9" * 5000, "0" * 5000, "0x" + "f" * 5000, "1e" + "9" * 5000, "1e999", "." * 9, "-", "٣"]
)
def test_a_number_of_any_length_is_judged(value: str) -> None:
    for row in TABLE:
        assert row.kind is not INT or row.complaint(value, NEWEST)
        assert row.meaning(value) == row.meaning(value)
    assert lookup(f"backend_port{value}", NEWEST) is None or len(value) < 4


@given(st.integers(0, 10**6), st.sampled_from([("ms", 1), ("s", 1000), ("min", 60_000), ("h", 3_600_000)]))
def test_units_are_multiples(number: int, unit: tuple[str, int]) -> None:
    row = Parameter("x", INT, OLDEST, "0", unit="ms")
    assert row.meaning(f"{number}{unit[0]}") == row.meaning(str(number * unit[1]))
    assert Parameter("x", BOOL, OLDEST, "off").meaning("1") is True
    assert Parameter("x", TEXT, OLDEST, "").meaning("1") == "1"
