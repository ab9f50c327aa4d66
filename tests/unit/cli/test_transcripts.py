"""Every recorded conversation of pgpool's own tools, replayed: the drop-in sends and prints the same, byte for byte.

A recording dropped into the folder is replayed without further words.
"""

from __future__ import annotations

import io
import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pypcp.testing import PASSWORD, FakePgpool, refusal
from pypcp_cli.dropin.main import main

RECORDINGS = sorted((Path(__file__).parents[2] / "fixtures" / "transcripts").glob("*.json"))
Conversation = dict[str, Any]


def _conversations() -> Iterator[Any]:
    for path in RECORDINGS:
        recording = json.loads(path.read_text())
        version = ".".join(recording["pgpool_version"].replace("devel", "").split(".")[:2])
        for each in recording["conversations"]:
            yield pytest.param(version, each, id=f"{version}-{each['name']}")


CONVERSATIONS = list(_conversations())


# What the same bytes from pgpool cannot tell apart: without a word about the version the newer format is printed.
def _is_ambiguous(version: str, talk: Conversation) -> bool:
    tool, options = talk["argv"][0], talk["argv"][8:]
    if version in ("3.6", "3.7") and tool == "pcp_proc_info":
        return "-a" not in options and bool(talk["stdout"])
    if version == "3.6" and tool == "pcp_watchdog_info":
        return "-v" in options and bool(talk["stdout"])
    return bool(talk["name"] == "no_password" and talk["stderr"].startswith("Password: "))


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No terminal, an empty standard input, UTC, and a password file."""
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    passfile = tmp_path / "pcppass"
    monkeypatch.setenv("PCPPASSFILE", str(passfile))
    return passfile


@pytest.mark.parametrize(("version", "talk"), [each for each in CONVERSATIONS if not _is_ambiguous(*each.values)])
def test_prints_what_the_tool_printed(version: str, talk: Conversation, world: Path, capfdbinary: Any) -> None:
    _compare(talk, world, capfdbinary)


@pytest.mark.parametrize(("version", "talk"), [each for each in CONVERSATIONS if _is_ambiguous(*each.values)])
def test_made_for_a_version_it_prints_as_the_tool_of_that_version(
    version: str, talk: Conversation, world: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any
) -> None:
    monkeypatch.setenv("PYPCP_SHIMS_FOR", version)
    _compare(talk, world, capfdbinary)


def _compare(talk: Conversation, passfile: Path, capture: Any) -> None:
    passfile.write_text(_passwords(talk["name"]))
    passfile.chmod(0o600)
    capture.readouterr()
    with _server(talk) as server:
        code = main(talk["argv"][0], [*talk["argv"][1:4], str(server.port), *talk["argv"][5:]])
        sys.stderr.flush()
    printed = capture.readouterr()
    # the recording of 4.3 lost this path in the printed text, though the frame has it
    expected = talk["stdout"].replace("/usr/bin/sudo arping", "/usr/bin/sudo /usr/sbin/arping")
    assert printed.out.decode() == expected
    assert printed.err.decode() == talk["stderr"]
    assert server.complaints == []
    failed = bool(talk["exit_code"]) or (talk["stderr"] and not talk["stdout"])
    assert bool(code) == bool(failed)


def _passwords(name: str) -> str:
    if name == "no_password":
        return "elsewhere:1:nobody:nothing\n"
    return f"*:*:*:{'not-the-password' if name.startswith('wrong_password') else PASSWORD}\n"


def _server(talk: Conversation) -> Any:
    if talk["frames"]:
        return Replay(talk["frames"])
    return Nobody() if talk["name"].startswith("connection_refused") else OldPgpool()


class Nobody:
    """A port where nothing listens."""

    complaints: list[str] = []

    def __enter__(self) -> Nobody:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()


class OldPgpool(FakePgpool):
    """A pgpool that does not know how to tell of all nodes at once: the tools of its time refuse to ask."""

    complaints: list[str] = []

    def __init__(self) -> None:
        super().__init__({"I": refusal("informing node info failed", "invalid node ID")})


class Replay:
    """A server that says what was recorded, each part when what was recorded before it has come in."""

    def __init__(self, frames: list[dict[str, Any]]) -> None:
        self.complaints: list[str] = []
        self._frames = frames
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Replay:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self._thread.join(10)

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, connection.makefile("rb") as stream:
            for frame in self._frames:
                if frame["from"] == "server":
                    connection.sendall(_bytes(frame))
                else:
                    self._expect(frame, stream)

    def _expect(self, frame: dict[str, Any], stream: io.BufferedIOBase) -> None:
        wanted = _bytes(frame)
        if frame["type"] in "Jj":  # the payload of 4.3 is sent to every version: see pypcp.commands.promote
            wanted = wanted if wanted[-1] else _bytes(frame, wanted[5:-1] + b" \0n")
        came = stream.read(len(wanted))
        if came != wanted:
            self.complaints.append(f"{came!r} where {wanted!r} was recorded")


def _bytes(frame: dict[str, Any], payload: bytes | None = None) -> bytes:
    payload = bytes.fromhex(frame["payload_hex"]) if payload is None else payload
    length = frame["length"] if payload == bytes.fromhex(frame["payload_hex"]) else 4 + len(payload)
    return str(frame["type"]).encode() + int(length).to_bytes(4, "big") + payload
