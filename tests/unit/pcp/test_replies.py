"""The readers of replies: mutated and random bytes give a result or an error of pypcp's own, nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypcp import MalformedReply, PypcpError, ServerRefused, WrongUsage
from pypcp.commands import Command
from pypcp.commands.attach import attach
from pypcp.commands.node_info import LAYOUTS, node_of
from pypcp.commands.pool_status import MASK, pool_status
from pypcp.commands.proc_info import proc_info
from pypcp.commands.promote import promote
from pypcp.commands.reload_config import reload_config
from pypcp.commands.stop_pgpool import stop_pgpool
from pypcp.commands.watchdog_info import watchdog_info
from pypcp.records import NodeRole, NodeStatus, Process, Quorum
from pypcp.session import Session
from pypcp.testing import _encoded, complete, rows
from pypcp.wire import Frame
from tests.unit.pcp.recordings import COMMANDS, Recording, asked

READING = "BHILNPW"


def outcome(command: Command[Any], answer: bytes) -> Any:
    """The result, or the error, of a command to which these bytes are answered; the stream then ends."""
    talk = Session("double").ask(command)
    try:
        next(talk)
        talk.send(answer)
        talk.send(b"")
        talk.send(b"")
    except StopIteration as end:
        return end.value
    except PypcpError as error:
        return error
    raise AssertionError("it wants more after the end")


def every_property(result: Any) -> Iterator[Any]:
    """What a user of the result may look at."""
    for each in result if isinstance(result, list) else [result]:
        if isinstance(each, Process):
            yield from (value_or_error(each, name) for name in PROCESS_PROPERTIES)
        else:
            yield repr(each)


PROCESS_PROPERTIES = [name for name, member in vars(Process).items() if isinstance(member, property)]


def value_or_error(process: Process, name: str) -> Any:
    try:
        return getattr(process, name)
    except MalformedReply as error:
        return error


reading = st.sampled_from([recording for recording in asked() if (recording.request or "?")[0] in READING])


@given(reading, st.data())
def test_a_mutated_reply_gives_a_result_or_an_error_of_ours(recording: Recording, data: st.DataObject) -> None:
    answer = bytearray(recording.answer[:3000])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, max(0, len(answer) - 1)))
        piece = data.draw(st.binary(max_size=6))
        answer[at : at + data.draw(st.integers(0, 6))] = piece
    list(every_property(outcome(recording.command, bytes(answer))))  # any other exception fails


@given(
    st.sampled_from(sorted(COMMANDS)), st.lists(st.lists(st.text(max_size=8), max_size=22), max_size=4), st.booleans()
)
def test_random_fields_give_a_result_or_an_error_of_ours(letter: str, values: list[list[str]], tagged: bool) -> None:
    tag = {"I": "NodeInfo", "P": "ProcessInfo", "B": "ProcessConfig"}.get(letter, "Row")
    clean = [[value.replace("\0", "").encode("utf-8", "replace").decode() for value in row] for row in values]
    payloads = rows(tag, clean) if tagged else complete(*(clean[0] if clean else []))
    command = COMMANDS[letter]({"T": b"s", "t": b"s", "V": b"l", "Z": b"l"}.get(letter, b"1\0"))
    answer_letter = {"J": b"d", "O": b"c"}.get(letter, letter.lower().encode())
    answer = b"".join(_encoded(Frame(answer_letter, payload)) for payload in payloads)
    list(every_property(outcome(command, answer)))  # any other exception fails


@given(st.sampled_from(READING), st.binary(max_size=200))
def test_random_bytes_give_an_error_of_ours(letter: str, answer: bytes) -> None:
    assert isinstance(outcome(COMMANDS[letter](b"1\0"), answer), PypcpError)


@given(st.sampled_from(sorted(LAYOUTS)), st.integers(0, 5), st.lists(st.text("abc123", max_size=5), max_size=4))
def test_fields_that_a_newer_pgpool_appends_are_kept(count: int, status: int, more: list[str]) -> None:
    values = {"hostname": "ser", "port": "5432", "status": str(status), "weight": "1073741823.5", "role": "3"}
    row = [values.get(name, "0") for name in LAYOUTS[count]]
    if count == max(LAYOUTS):
        row += more
    node = node_of(row, 1)
    assert (node.hostname, node.port, node.status_code) == ("ser", 5432, status)
    assert node.weight == pytest.approx(0.5)
    assert node.fields == tuple(row)
    assert (node.role is NodeRole.STANDBY) == ("role" in LAYOUTS[count])
    assert (node.pg_status is None) == ("pg_status" not in LAYOUTS[count])


@pytest.mark.parametrize("code", range(-3, 12))
def test_a_status_and_a_role_that_are_not_known_survive(code: int) -> None:
    assert (NodeStatus.of(code) is NodeStatus.UNKNOWN) == (code not in range(4))
    assert (NodeRole.of(code) is NodeRole.UNKNOWN) == (code not in range(4))
    assert NodeStatus.of(3, True) is NodeStatus.QUARANTINE


def test_a_weight_of_nothing_is_none() -> None:
    for nan in ("-nan", "nan", "inf"):
        assert node_of(["ser", "5432", "2", nan], 0).weight is None


def test_secrets_in_the_pool_status_are_masked() -> None:
    sent = [
        ("wd_lifecheck_password", "test-secret", ""),
        ("pool_passwd", "pool_passwd", ""),
        ("sr_check_password", "", ""),
    ]
    answer = b"".join(_encoded(Frame(b"b", payload)) for payload in rows("ProcessConfig", sent))
    assert [setting.value for setting in outcome(pool_status(), answer)] == [MASK, "pool_passwd", ""]


def test_a_process_is_a_value() -> None:
    row = ["17", "appdb", "appuser", "1795395408", "1795396250", "3", "0", "1", "0", "99", "1"]
    assert Process(row) == Process(row) and hash(Process(row)) == hash(Process(row))
    assert Process(row).pid == 17 and Process(row).is_connected and Process(row).statement is None
    with pytest.raises(AttributeError):
        Process(row).pid = 1  # type: ignore[misc]
    with pytest.raises(MalformedReply):
        _ = Process(["x", *row[1:]]).pid


def test_a_quorum_that_is_not_known_survives() -> None:
    document = '{"RemoteNodeCount":1,"QuorumStatus":7,"AliveNodeCount":1,"Escalated":0,"LeaderNodeName":"a",'
    document += '"LeaderHostName":"a","NodeCount":0,"WatchdogNodes":[],"Novelty":3}'
    answer = _encoded(Frame(b"w", complete(document)[0]))
    watchdog = outcome(watchdog_info(), answer)
    assert (watchdog.quorum, watchdog.quorum_status, watchdog.document["Novelty"]) == (Quorum.UNKNOWN, 7, 3)


@pytest.mark.parametrize(
    "build",
    [
        lambda: attach(-1),
        lambda: attach(128),
        lambda: attach("0"),  # type: ignore[arg-type]
        lambda: attach(True),
        lambda: promote(200, switchover=True),
        lambda: proc_info(0),
        lambda: proc_info(-5),
        lambda: watchdog_info("all"),  # type: ignore[arg-type]
        lambda: stop_pgpool("quick"),  # type: ignore[arg-type]
        lambda: reload_config("everywhere"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(build: Any) -> None:
    with pytest.raises(WrongUsage):
        build()


def test_a_refusal_keeps_pgpools_words() -> None:
    refused = next(recording for recording in asked() if recording.refusal)
    error = outcome(refused.command, refused.answer)
    assert isinstance(error, ServerRefused)
    assert error.message in str(error) and error.tried in str(error)


@pytest.mark.parametrize("remark", ["(\u00b2:1 before", "(1:\u00b2 before", f"({'9' * 5000}:1 before"])
def test_a_remark_that_is_no_time_is_an_error_of_ours(remark: str) -> None:
    row = ["17", f"2026-11-23 00:57:04 {remark}", *["0"] * 15]
    with pytest.raises(MalformedReply):
        _ = Process(row).restarts_in
    assert Process(["17", "2026-11-23 00:57:04 (4:53 before process restarting)", *["0"] * 15]).restarts_in == 293
