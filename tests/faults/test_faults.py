"""Each way to misbehave, at each point of a conversation: the right error, within the deadline, from both clients."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

import pypcp
from pypcp.commands import Command
from pypcp.testing import PASSWORD, USERNAME, FakePgpool, Fault, complete
from tests.unit.pcp.recordings import COMMANDS

DEADLINE = 0.4  # seconds, for connecting and for the command
# What a busy machine may add to it; a deadline that is not kept at all would be missed by far more.
GRACE = 2.0

# One payload for each request letter, and an honest answer for the faults that spoil one.
PAYLOADS = {"T": b"s", "t": b"s", "V": b"l", "Z": b"l", "J": b"1 \0n"}
ANSWERS = {letter: complete("2", "1", "1") for letter in COMMANDS}

LATE = pypcp.DeadlinePassed
BROKEN = pypcp.ConnectionBroken
BAD = pypcp.MalformedReply
# What a fault must end in. With the shortest replies half a frame and a whole one may look alike to neither side.
EXPECTED: dict[Fault, tuple[type[pypcp.PypcpError], ...]] = {
    Fault.SILENCE: (LATE,),
    Fault.DRIP: (LATE,),
    Fault.CLOSE: (BROKEN,),
    Fault.RESET: (BROKEN,),
    Fault.CLOSE_IN_MID_FRAME: (BROKEN,),
    Fault.SILENCE_IN_MID_FRAME: (LATE,),
    Fault.HUGE_LENGTH: (BAD,),
    Fault.TINY_LENGTH: (BAD,),
    Fault.NEGATIVE_LENGTH: (BAD,),
    Fault.GARBAGE: (BAD,),
    Fault.WRONG_LETTER: (BAD,),
    Fault.ENDLESS_NOTICES: (LATE,),
    Fault.ENDLESS_ROWS: (LATE, BAD),
}


def ask(pgpool: FakePgpool, command: Command[Any]) -> Any:
    with pypcp.connect(pgpool.host, pgpool.port, USERNAME, PASSWORD, connect_timeout=DEADLINE, timeout=DEADLINE) as pcp:
        return pcp.run(command)


async def ask_async(pgpool: FakePgpool, command: Command[Any]) -> Any:
    async with pypcp.aio.connect(
        pgpool.host, pgpool.port, USERNAME, PASSWORD, connect_timeout=DEADLINE, timeout=DEADLINE
    ) as pcp:
        return await pcp.run(command)


async def errors_of_all(
    pgpool: FakePgpool, letters: str, run: Callable[[FakePgpool, Command[Any]], Coroutine[Any, Any, Any]]
) -> dict[str, tuple[BaseException | None, float]]:
    """How each command ends, all at once: the waits for the deadlines then pass together."""

    async def one(letter: str) -> tuple[BaseException | None, float]:
        began = time.monotonic()
        try:
            await run(pgpool, COMMANDS[letter](PAYLOADS.get(letter, b"1\0")))
        except Exception as error:
            return error, time.monotonic() - began
        return None, time.monotonic() - began

    return dict(zip(letters, await asyncio.gather(*map(one, letters)), strict=True))


async def ask_in_thread(pgpool: FakePgpool, command: Command[Any]) -> Any:
    return await asyncio.to_thread(ask, pgpool, command)


def check_wording(error: BaseException | None) -> None:
    """What was tried, what was answered, what to do now: on one line each."""
    assert isinstance(error, pypcp.PypcpError)
    assert error.tried and error.do
    assert "\n" not in error.tried + error.said + error.do


@pytest.mark.parametrize("run", [ask_in_thread, ask_async])
@pytest.mark.parametrize("fault", EXPECTED)
def test_every_command_ends_in_the_right_error_in_time(fault: Fault, run: Callable[..., Any]) -> None:
    with FakePgpool(ANSWERS, fault=fault, pause=0.1) as pgpool:
        ended = asyncio.run(errors_of_all(pgpool, "".join(COMMANDS), run))
    for letter, (error, seconds) in ended.items():
        assert isinstance(error, EXPECTED[fault]), f"{letter}: {error!r}"
        assert seconds < 2 * DEADLINE + GRACE, letter
        check_wording(error)


@pytest.mark.parametrize("run", [ask_in_thread, ask_async])
@pytest.mark.parametrize("at", ["M", "R"])
def test_a_login_ends_in_the_right_error_in_time(at: str, run: Callable[..., Any]) -> None:
    async def end_of(fault: Fault) -> tuple[BaseException | None, float]:
        with FakePgpool(ANSWERS, fault=fault, at=at, pause=0.1) as pgpool:
            return (await errors_of_all(pgpool, "L", run))["L"]

    async def ends() -> list[tuple[BaseException | None, float]]:
        return await asyncio.gather(*map(end_of, EXPECTED))

    for fault, (error, seconds) in zip(EXPECTED, asyncio.run(ends()), strict=True):
        assert isinstance(error, (*EXPECTED[fault], pypcp.AuthenticationFailed)), f"{fault}: {error!r}"
        assert seconds < 2 * DEADLINE + GRACE, fault
        check_wording(error)


@pytest.mark.parametrize("fault", [Fault.TEXT_WITHOUT_END, Fault.EMPTY])
@pytest.mark.parametrize("letter", "BHILNPW")
def test_a_reply_that_is_cut_is_never_a_result(letter: str, fault: Fault) -> None:
    with FakePgpool(ANSWERS, fault=fault) as pgpool, pytest.raises((BAD, LATE)):
        ask(pgpool, COMMANDS[letter](b"1\0"))


def test_reading_is_tried_again_once_on_a_new_connection() -> None:
    with FakePgpool(ANSWERS, fault=Fault.CLOSE) as pgpool, pytest.raises(BROKEN):
        ask(pgpool, COMMANDS["L"](b""))
    assert pgpool.connections == 2


def test_a_change_is_never_tried_again() -> None:
    with FakePgpool(ANSWERS, fault=Fault.CLOSE) as pgpool, pytest.raises(BROKEN):
        ask(pgpool, COMMANDS["C"](b"1\0"))
    assert [request.kind for request in pgpool.requests] == [b"C"]


def test_a_silence_says_whether_pgpool_itself_is_silent() -> None:
    with FakePgpool(ANSWERS, fault=Fault.SILENCE, at="I") as pgpool, pytest.raises(LATE, match="pgpool itself answers"):
        ask(pgpool, COMMANDS["I"](b"1\0"))
    with FakePgpool(ANSWERS, fault=Fault.SILENCE, at="IL") as pgpool, pytest.raises(LATE, match="itself is silent"):
        ask(pgpool, COMMANDS["I"](b"1\0"))


def test_a_port_that_listens_and_never_accepts_costs_no_more_than_the_deadline() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf:
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(deaf.getsockname())
        began = time.monotonic()
        with pytest.raises(LATE):
            pypcp.connect("127.0.0.1", deaf.getsockname()[1], USERNAME, PASSWORD, connect_timeout=DEADLINE)
        assert time.monotonic() - began < DEADLINE + GRACE
        for filler in fillers:
            filler.close()
