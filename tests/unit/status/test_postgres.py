"""What PostgreSQL says of itself, as a record."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypcp.errors import MalformedReply
from pypcp.postgres.instance import Receiver, Sender
from pypcp.status.postgres import server

STANDBY: dict[str, Any] = {
    "version": 150020,
    "in_recovery": True,
    "system_identifier": "7711197302510748687",
    "timeline": 1,
    "lsn": "0/30490A0",
    "replayed": "0/3049000",
    "senders": [],
    "receiver": {"pid": 7, "status": "streaming", "received_tli": 2, "sender_host": "ser", "sender_port": 5432},
}


def test_a_standby() -> None:
    found = server(json.dumps(STANDBY))
    assert (found.in_recovery, found.lsn, found.replayed) == (True, 0x30490A0, 0x3049000)
    assert found.receiver == Receiver("streaming", 2, "ser", 5432)
    assert found.timeline == 2, "the receiver knows of a new timeline before a checkpoint does"


def test_a_user_who_may_not_see_the_receiver_sees_that_there_is_one() -> None:
    hidden = {**STANDBY, "receiver": {"pid": 7, "status": None, "received_tli": None}}
    assert server(json.dumps(hidden)).receiver == Receiver("unknown", None, None, None)
    assert server(json.dumps({**STANDBY, "receiver": {"pid": None}})).receiver is None


def test_a_primary_of_9_5() -> None:
    told = {
        "version": 90500,
        "in_recovery": False,
        "timeline": 3,
        "lsn": "1/0",
        "replayed": None,
        "senders": [{"name": "bak", "address": "10.0.0.2", "state": "streaming", "replay": None}],
    }
    found = server(json.dumps(told))
    assert (found.system_identifier, found.timeline, found.lsn, found.replayed) == (None, 3, 1 << 32, None)
    assert found.senders == (Sender("bak", "10.0.0.2", "streaming", None),)


VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.none(), max_size=2)


@given(
    st.text()
    | st.dictionaries(st.sampled_from(list(STANDBY)), VALUES).map(lambda more: json.dumps({**STANDBY, **more}))
)
def test_whatever_is_told_gives_a_record_or_one_error(told: str) -> None:
    try:
        server(told)
    except MalformedReply:
        pass


@pytest.mark.parametrize("told", ["", "[]", "7", "null", "{}", '{"version": "x"}'])
def test_nonsense(told: str) -> None:
    with pytest.raises(MalformedReply):
        server(told)
