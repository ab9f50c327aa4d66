"""The recorded conversations in tests/fixtures/transcripts: a further file there is a further set of cases."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pypcp.commands import Command
from pypcp.commands.attach import attach
from pypcp.commands.detach import detach
from pypcp.commands.health_check_stats import health_check_stats
from pypcp.commands.invalidate_query_cache import invalidate_query_cache
from pypcp.commands.log_rotate import log_rotate
from pypcp.commands.node_count import node_count
from pypcp.commands.node_info import node_info
from pypcp.commands.node_infos import node_infos
from pypcp.commands.pool_status import pool_status
from pypcp.commands.proc_count import proc_count
from pypcp.commands.proc_info import proc_info
from pypcp.commands.promote import promote
from pypcp.commands.recover import recover
from pypcp.commands.reload_config import reload_config
from pypcp.commands.stop_pgpool import stop_pgpool
from pypcp.commands.watchdog_info import watchdog_info

FOLDER = Path(__file__).parents[2] / "fixtures" / "transcripts"
SCOPES: dict[bytes, Any] = {b"l": "local", b"c": "cluster"}
MODES: dict[bytes, Any] = {b"s": "smart", b"f": "fast", b"i": "immediate"}

# How the request on the wire is made again with pypcp, by its letter, from its payload.
COMMANDS: dict[str, Callable[[bytes], Command[Any]]] = {
    "B": lambda payload: pool_status(),
    "C": lambda payload: attach(_number(payload)),
    "D": lambda payload: detach(_number(payload)),
    "d": lambda payload: detach(_number(payload), gracefully=True),
    "G": lambda payload: invalidate_query_cache(),
    "H": lambda payload: health_check_stats(_number(payload)),
    "I": lambda payload: node_infos() if _number(payload) == -1 else node_info(_number(payload)),
    "J": lambda payload: promote(_number(payload), switchover=payload.endswith(b"s")),
    "L": lambda payload: node_count(),
    "N": lambda payload: proc_count(),
    "O": lambda payload: recover(_number(payload)),
    "P": lambda payload: proc_info(_number(payload) or None),
    "T": lambda payload: stop_pgpool(MODES[payload]),
    "t": lambda payload: stop_pgpool(MODES[payload], "cluster"),
    "V": lambda payload: log_rotate(SCOPES[payload]),
    "W": lambda payload: watchdog_info(None if _number(payload) == -1 else _number(payload)),
    "Z": lambda payload: reload_config(SCOPES[payload]),
}


def _number(payload: bytes) -> int:
    return int(payload.split(b"\0")[0])


@dataclass(frozen=True)
class Recording:
    """One conversation, and the file it is from."""

    file: str
    conversation: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.file}:{self.conversation['name']}"

    @property
    def request(self) -> tuple[str, bytes] | None:
        """The letter and payload of what was asked after the login; None if it did not come to that."""
        for frame in self.conversation["frames"]:
            if frame["from"] == "client" and frame["type"] not in "MRX":
                return frame["type"], bytes.fromhex(frame["payload_hex"])
        return None

    @property
    def command(self) -> Command[Any]:
        """The same request, made by pypcp."""
        assert self.request
        letter, payload = self.request
        return COMMANDS[letter](payload)

    @property
    def answer(self) -> bytes:
        """All that the server said after the login, as it was on the wire."""
        frames = [frame for frame in self.conversation["frames"] if frame["from"] == "server"]
        return b"".join(wired(frame) for frame in frames if frame["type"] not in "mr")

    @property
    def refusal(self) -> tuple[str, str, str] | None:
        """Severity, message and detail that the C tool printed; None where it succeeded."""
        stderr: str = self.conversation["stderr"]
        if not stderr:
            return None
        severity, _, texts = stderr.removesuffix("\n\n").partition(":  ")
        message, _, detail = texts.partition("\nDETAIL:  ")
        return severity, message, detail


def wired(frame: dict[str, Any]) -> bytes:
    """A recorded frame as it was on the wire."""
    payload = bytes.fromhex(frame["payload_hex"])
    return str(frame["type"]).encode("ascii") + (len(payload) + 4).to_bytes(4, "big") + payload


@cache
def recordings() -> list[Recording]:
    """Every recorded conversation."""
    return [
        Recording(path.stem, conversation)
        for path in sorted(FOLDER.glob("*.json"))
        for conversation in json.loads(path.read_text())["conversations"]
    ]


def asked() -> list[Recording]:
    """Those in which something was asked after the login."""
    return [recording for recording in recordings() if recording.request]
