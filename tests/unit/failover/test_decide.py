"""A standby is promoted when the primary has failed, and never otherwise."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypcp.errors import WrongUsage
from pypcp.failover.decide import Facts, Verdict, decide
from pypcp.pgpool.failover_call import ARGUMENTS, Call, parse
from pypcp.postgres.instance import Instance, Receiver
from tests.unit.rejoin import worlds as w

CALL = Call(0, "ser", 5432, "/data", 1, "bak", 0, 0, 5432, "/data")
STREAMING = Receiver("streaming", 1, "ser", 5432)


def chosen(
    in_recovery: bool = True, receiver: Receiver | None = None, conninfo: str = "host=ser port=5432"
) -> Instance:
    server = dataclasses.replace(w.SERVER, in_recovery=in_recovery, receiver=receiver)
    return dataclasses.replace(w.SOURCE, server=server, settings={**w.SETTINGS, "primary_conninfo": conninfo})


def decided(call: Call = CALL, instance: Instance | None = None) -> Verdict:
    return decide(Facts(call, instance)).verdict


def test_the_standby_of_a_failed_primary_is_promoted() -> None:
    assert decided(CALL, chosen()) is Verdict.PROMOTE


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({"failed": 1, "failed_host": "bak", "new_main": 0, "new_main_host": "ser"}, Verdict.NOTHING),
        ({"new_main": -1, "new_main_host": "", "new_main_directory": ""}, Verdict.FAIL),
        ({"new_main": 0}, Verdict.REFUSE),
        ({"new_main_directory": ""}, Verdict.FAIL),
    ],
)
def test_a_call_that_asks_for_none(change: dict[str, object], verdict: Verdict) -> None:
    assert decided(dataclasses.replace(CALL, **change), chosen()) is verdict  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("instance", "verdict"),
    [
        (None, Verdict.FAIL),
        (dataclasses.replace(chosen(), pid=None, server=None), Verdict.FAIL),
        (dataclasses.replace(chosen(), server=None, server_error="no"), Verdict.FAIL),
        (chosen(in_recovery=False), Verdict.NOTHING),
    ],
)
def test_a_chosen_node_that_cannot_or_need_not_be_promoted(instance: Instance | None, verdict: Verdict) -> None:
    assert decided(CALL, instance) is verdict


@pytest.mark.parametrize(
    ("instance", "verdict"),
    [
        (chosen(), Verdict.PROMOTE),
        (chosen(receiver=STREAMING), Verdict.REFUSE),
        (chosen(conninfo="host=third port=5432"), Verdict.REFUSE),
        (chosen(conninfo="host=ser port=5433"), Verdict.REFUSE),
        (chosen(conninfo="not a conninfo"), Verdict.REFUSE),
    ],
)
def test_where_pgpool_knew_no_primary_the_failed_node_must_have_been_it(instance: Instance, verdict: Verdict) -> None:
    assert decided(dataclasses.replace(CALL, old_primary=-1), instance) is verdict


def test_two_primaries_to_be_are_told_of() -> None:
    warnings = decide(Facts(CALL, chosen(receiver=STREAMING))).warnings
    assert any("two primaries" in warning for warning in warnings)


NODES = st.integers(-1, 3)
RECEIVERS = st.sampled_from([None, STREAMING, Receiver("stopping", None, None, None)])


@given(NODES, NODES, NODES, st.booleans(), RECEIVERS, st.booleans(), st.sampled_from(["", "/data"]))
def test_nothing_is_promoted_unless(
    failed: int, new: int, old: int, in_recovery: bool, receiver: Receiver | None, runs: bool, directory: str
) -> None:
    call = dataclasses.replace(CALL, failed=failed, new_main=new, old_primary=old, new_main_directory=directory)
    instance = chosen(in_recovery, receiver)
    decision = decide(Facts(call, instance if runs else dataclasses.replace(instance, pid=None, server=None)))
    if decision.verdict is Verdict.PROMOTE:
        assert runs and in_recovery and new >= 0 and new != failed and directory
        assert old == failed or (old == -1 and receiver is not STREAMING)
    assert decision.why


def test_the_words_are_read_in_their_order() -> None:
    assert len(ARGUMENTS.split()) == len(dataclasses.fields(Call))
    assert parse("0 ser 5432 /data 1 bak 0 0 5432 /data".split()) == CALL
    assert parse([*"0 ser 5432 /data 1 bak 0 0 5432 /data".split(), "ser", "5432"]) == CALL
    assert parse(["0", "ser", "5432", "/a b", *"1 bak 0 0 5432".split(), "/c d"]).new_main_directory == "/c d"


@pytest.mark.parametrize(
    "words", ["0 ser 5432 /data -1 0 0", "0|ser|5432|/data|-1||0|0||", "0|ser|5432|/data|-1||0|0|0|"]
)
def test_with_no_node_left_its_words_are_missing_or_empty(words: str) -> None:
    call = parse(words.split("|") if "|" in words else words.split())
    assert call == dataclasses.replace(CALL, new_main=-1, new_main_host="", new_main_port=0, new_main_directory="")


@given(st.lists(st.sampled_from(["0", "-1", "1", "ser", "", "/data", "-7", "%d", "5432"]), max_size=12))
def test_other_words_are_wrong_usage(words: list[str]) -> None:
    try:
        call = parse(words)
    except WrongUsage:
        return
    assert call.failed >= -1 and call.new_main >= -1
