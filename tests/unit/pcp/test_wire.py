"""The wire format: what was encoded is decoded, in any split, and no bytes do anything but give frames or one error."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypcp import MalformedReply, WrongUsage
from pypcp.testing import Fault, _encoded
from pypcp.wire import MAX_REPLY_LENGTH, Decoder, Frame, fields, md5_answer, report_fields, text

frames = st.builds(Frame, st.integers(33, 126).map(lambda code: bytes([code])), st.binary(max_size=300))


def decoded(chunks: Iterable[bytes]) -> list[Frame]:
    decoder = Decoder()
    found = []
    for chunk in chunks:
        decoder.receive(chunk)
        found += list(decoder)
    return found


def cut(data: bytes, places: Iterable[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in zip(edges, edges[1:], strict=False)]


@given(st.lists(frames, max_size=12), st.lists(st.integers(0, 5000), max_size=20))
def test_any_split_gives_the_same_frames(sent: list[Frame], places: list[int]) -> None:
    data = b"".join(map(_encoded, sent))
    assert decoded(cut(data, places)) == sent
    assert decoded(bytes([byte]) for byte in data) == sent


@given(st.lists(frames, min_size=1, max_size=5), st.integers(1, 50))
def test_a_run_holds_frames_of_one_letter(sent: list[Frame], at_most: int) -> None:
    decoder = Decoder()
    decoder.receive(b"".join(map(_encoded, sent)))
    found: list[Frame] = []
    while run := decoder.next_run(at_most):
        assert 0 < len(run[1]) <= at_most
        found += [Frame(run[0], payload) for payload in run[1]]
    assert found == sent
    assert decoder.is_between_frames


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=8))
def test_any_bytes_give_frames_or_one_protocol_error(data: bytes, places: list[int]) -> None:
    ends = []
    for chunks in ([data], cut(data, places), [bytes([byte]) for byte in data]):
        decoder, found = Decoder(), []
        try:
            for chunk in chunks:
                decoder.receive(chunk)
                while frame := decoder.next_frame():
                    found.append(frame)
            ends.append((found, ""))
        except MalformedReply as error:
            ends.append((found, error.said))
    assert ends[0] == ends[1] == ends[2]


@pytest.mark.parametrize("length", [-(2**31), -1, 0, 3, MAX_REPLY_LENGTH + 1, 2**31 - 1])
def test_a_length_that_cannot_be_is_refused_at_once(length: int) -> None:
    decoder = Decoder()
    decoder.receive(b"i" + length.to_bytes(4, "big", signed=True))
    with pytest.raises(MalformedReply, match="this is not PCP"):
        decoder.next_frame()


def test_memory_follows_what_came_not_what_was_claimed() -> None:
    decoder = Decoder()
    tracemalloc.start()
    decoder.receive(b"i" + MAX_REPLY_LENGTH.to_bytes(4, "big"))
    assert decoder.next_frame() is None
    for _ in range(20_000):
        decoder.receive(b"x")
        assert decoder.next_frame() is None
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


def test_a_request_that_pgpool_would_refuse_is_not_sent() -> None:
    assert len(Frame(b"R", b"x" * 255).encode()) == 260
    with pytest.raises(WrongUsage, match="at most 259"):
        Frame(b"R", b"x" * 256).encode()
    with pytest.raises(WrongUsage, match="NUL"):
        text("user\0name")


@given(st.lists(st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"])), min_size=1))
def test_texts_come_back(values: list[str]) -> None:
    assert fields(text(*values)) == values


@given(st.binary())
def test_bytes_that_are_no_text_survive(data: bytes) -> None:
    assert text(*fields(data + b"\0")) == data + b"\0"


def test_the_answer_of_the_worked_example() -> None:
    # password and user pgadmin, salt 01 02 03 04
    assert md5_answer("pgadmin", "pgadmin", bytes([1, 2, 3, 4])) == "872b6e9830cfaebed49230595cbe31f3"


@given(st.text(), st.text(), st.binary(min_size=4, max_size=4))
def test_the_answer_is_md5_of_md5_of_md5(username: str, password: str, salt: bytes) -> None:
    def digest(data: bytes) -> bytes:
        return hashlib.md5(data, usedforsecurity=False).hexdigest().encode()

    first = digest(password.encode("utf-8", "surrogateescape"))
    second = digest(first + username.encode("utf-8", "surrogateescape"))
    assert md5_answer(username, password, salt).encode() == digest(second + salt)


texts = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=400)


@given(texts, st.none() | texts, st.none() | texts, st.integers(0, 255))
def test_a_report_is_read_whatever_stands_behind_a_cut_field(
    message: str, detail: str | None, hint: str | None, stray: int
) -> None:
    payload = b"SERROR\0CXX000\0"
    sent = {"M": message, "D": detail, "H": hint, "F": "pcp_worker.c", "L": "1310"}
    for letter, value in sent.items():
        if value is not None:
            field = (letter + value).encode()
            # as pgpool does: 256 bytes for a field, and a byte of its memory behind one that did not fit
            payload += field + b"\0" if len(field) < 256 else field[:255] + b"\0" + bytes([stray])
    found = report_fields(payload + b"\0")
    assert found["S"] == "ERROR"
    assert found["M"] == message[:254]
    assert found.get("D") == (detail and detail[:254])
    assert found.get("H") == (hint and hint[:254])


@given(st.binary(max_size=600))
def test_a_report_of_any_bytes_is_kept_as_far_as_it_goes(payload: bytes) -> None:
    assert all(len(letter) == 1 for letter in report_fields(payload))


def test_every_fault_says_what_it_does() -> None:
    assert all(fault.value for fault in Fault)
