"""What a script that looks tells, and how it is asked."""

from __future__ import annotations

import contextlib
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypcp.errors import MalformedReply, OperationFailed
from pypcp.hosts import document
from pypcp.hosts.document import Item
from pypcp.hosts.local import LocalHost


@given(st.binary(max_size=60), st.booleans())
def test_an_answer_is_read_or_refused(answer: bytes, begins_well: bool) -> None:
    mark = b"0123456789abcdef" * 2
    with contextlib.suppress(ValueError):
        document.parse(b"mark " + mark + b"\n" + answer.replace(b"m", mark) if begins_well else answer)


def test_what_a_script_tells_is_read_back_whatever_it_is() -> None:
    told = ["", "\n", "one\n", " two\nlines", "mark 0123456789abcdef0123456789abcdef\n", "\udcff $() ' \\"]
    script = document.ITEM + 'n=0; for each; do item "$n" printf %s "$each"; n=$((n + 1)); done; item last false'
    answer = subprocess.run(["sh", "-c", script, "sh", *told], capture_output=True, check=False).stdout
    items = document.parse(answer)
    assert [items[str(number)] for number in range(len(told))] == [Item(text, 0) for text in told]
    assert items["last"] == Item("", 1)
    with pytest.raises(ValueError, match="unexpected"):
        document.parse(b"Welcome!\n" + answer)


def test_a_host_is_asked() -> None:
    script = 'read -r line; item said printf "%s %s" "$1" "$line"'
    told = document.ask(LocalHost(), "look", script, ["it's"], stdin=b"whole\n")
    assert told == {"said": Item("it's whole", 0)}


def test_an_answer_that_is_none_is_an_error_of_its_own() -> None:
    with pytest.raises(MalformedReply) as garbled:
        document.ask(LocalHost(), "look at it", "echo Welcome")
    assert (garbled.value.tried, "the answer cannot be read" in garbled.value.said) == ("look at it", True)
    with pytest.raises(OperationFailed) as failed:
        document.ask(LocalHost(), "look at it", "echo no sudo >&2; exit 1", do="Be root.")
    assert (failed.value.tried, failed.value.said, failed.value.do) == ("look at it", "no sudo", "Be root.")


@pytest.mark.parametrize("wrong", [ValueError("x"), KeyError("x"), TypeError("x")])
def test_what_cannot_be_read_is_malformed(wrong: Exception) -> None:
    with pytest.raises(MalformedReply, match="the answer cannot be read"), document.reading("look"):
        raise wrong
    with pytest.raises(OSError, match="^disk$"), document.reading("look"):
        raise OSError("disk")
