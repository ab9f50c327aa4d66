"""Two sets of settings differ where they mean something else, and a running pgpool is compared as far as it tells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypcp.commands.pool_status import pool_status
from pypcp.pgpool.difference import Difference, against_running, differences, running
from pypcp.pgpool.parameter import Release
from pypcp.pgpool.parameters import RELEASES, lookup, release
from tests.unit.pcp.recordings import Recording, asked
from tests.unit.pcp.test_replies import outcome

STATUSES = [each for each in asked() if each.request == ("B", b"") and not each.refusal]
SETTINGS = st.dictionaries(st.sampled_from(["port", "ssl", "wd_authkey", "sr_check_period", "nonsense"]), st.text())


def told(recording: Recording) -> list[tuple[str, str]]:
    return [(setting.name, setting.value) for setting in outcome(pool_status(), recording.answer)]


@pytest.mark.parametrize("recording", STATUSES, ids=lambda recording: recording.name)
def test_what_a_pgpool_tells_is_understood_in_every_version(recording: Recording) -> None:
    version = release(recording.file)
    found = running(told(recording), version)
    assert len(found) > 110 and found["memqcache_method"] == "shmem" and found["log_min_messages"] == "warning"
    wrong = {name: row.complaint(value, version) for name, value in found.items() if (row := lookup(name, version))}
    assert {name: why for name, why in wrong.items() if why} == {}
    assert against_running(found, told(recording), version)[0] == []


def test_meaning_counts_and_not_spelling() -> None:
    here = {"sr_check_period": "60", "use_watchdog": "on", "port": "9999", "other": "x", "wd_authkey": "geheim"}
    there = {"sr_check_period": "1min", "use_watchdog": "true", "other": "y"}
    found = differences(here, there, (4, 3))
    assert found == [
        Difference("other", "x", "y", False, False),
        Difference("wd_authkey", "geheim", None, True, True),
    ]
    assert found[1].shown() == ("***", None)
    assert differences({"load_balance_mode": "on"}, {}, (4, 3)) == []
    assert [each.name for each in differences({"load_balance_mode": "on"}, {}, (4, 2))] == ["load_balance_mode"]


def test_a_running_pgpool_tells_choices_by_number_and_weights_by_share() -> None:
    there = [("log_min_messages", "19"), ("backend_weight0", "0.250000"), ("backend_weight1", "0.750000")]
    here = {"log_min_messages": "warning", "backend_weight0": "1", "backend_weight1": "3", "pool_passwd": "x"}
    compared = against_running(here, [*there, ("ssl", "1"), ("wd_authkey", "****")], (4, 3))
    assert compared.differing == [] and compared.untold == ["pool_passwd"]
    assert [(each.name, each.there) for each in compared.unsaid] == [("ssl", "1")]
    assert against_running({**here, "backend_weight0": "3"}, there, (4, 3)).differing


def test_a_reload_adds_a_node_and_never_moves_one() -> None:
    two = {"backend_hostname0": "a", "backend_port0": "5432"}
    three = {**two, "backend_hostname1": "b", "backend_weight0": "2"}
    assert [each.needs_restart for each in differences(two, three, (4, 3))] == [False, False]
    assert [each.needs_restart for each in differences(two, {**two, "backend_port0": "5433"}, (4, 3))] == [True]


@given(SETTINGS, SETTINGS, st.sampled_from(RELEASES))
def test_a_difference_is_one_from_both_sides_and_none_from_oneself(
    here: dict[str, str], there: dict[str, str], version: Release
) -> None:
    assert differences(here, here, version) == []
    one, other = differences(here, there, version), differences(there, here, version)
    assert {(each.name, each.here, each.there) for each in one} == {
        (each.name, each.there, each.here) for each in other
    }
