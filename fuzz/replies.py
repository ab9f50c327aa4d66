"""The fuzz target: any answer to any command gives a result or an error of pypcp's own. See fuzz/README.md."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from pypcp.commands import Command  # noqa: E402
from pypcp.errors import PypcpError  # noqa: E402
from pypcp.records import Process  # noqa: E402
from pypcp.session import Session  # noqa: E402
from tests.unit.pcp.recordings import COMMANDS  # noqa: E402

# By the first byte of an input. New ones go to the end, or the corpus would change its meaning.
LETTERS = "BCDGHILNOPTVWZJdt"
PAYLOADS = {"T": b"s", "t": b"s", "V": b"l", "Z": b"l"}
PROPERTIES = [name for name, member in vars(Process).items() if isinstance(member, property)]


def command_for(chosen: int) -> Command[Any]:
    """The command that a first byte stands for; every second turn of the alphabet asks for all nodes."""
    letter = LETTERS[chosen % len(LETTERS)]
    payload = b"-1\0" if letter == "I" and chosen >= len(LETTERS) else PAYLOADS.get(letter, b"1\0")
    return COMMANDS[letter](payload)


def try_one(data: bytes) -> None:
    """Give the answer in one piece, then the end; look at all of the result."""
    if not data:
        return
    talk = Session("fuzz").ask(command_for(data[0]))
    try:
        next(talk)
        talk.send(data[1:])
        while True:
            talk.send(b"")
    except StopIteration as end:
        look_at(end.value)
    except PypcpError as error:
        str(error)


def look_at(result: Any) -> None:
    for process in result if isinstance(result, list) else []:
        for name in PROPERTIES if isinstance(process, Process) else []:
            try:
                getattr(process, name)
            except PypcpError as error:
                str(error)
    repr(result)


def main(target: Callable[[bytes], None]) -> None:
    import atheris

    atheris.instrument_all()
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()


if __name__ == "__main__":
    main(try_one)
