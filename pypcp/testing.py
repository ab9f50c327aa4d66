"""A server double: something that speaks PCP as told, for testing what talks to pgpool. It can also misbehave.

>>> import pypcp
>>> from pypcp.testing import FakePgpool, complete
>>> with FakePgpool({"L": complete("2")}) as pgpool:
...     with pypcp.connect(pgpool.host, pgpool.port, "pgadmin", "pgadmin") as pcp:
...         pcp.node_count()
2
"""

from __future__ import annotations

import enum
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Union

from pypcp import wire
from pypcp.wire import Decoder, Frame

USERNAME = "pgadmin"
PASSWORD = "pgadmin"

# What to answer a request with: the payloads, the frames, or a function that says which.
Answer = Union["Iterable[bytes]", "Iterable[Frame]", "Callable[[Frame], Iterable[bytes | Frame]]"]


class Fault(enum.Enum):
    """The ways in which the double can misbehave when it should answer."""

    SILENCE = "say nothing, and keep the connection open"
    DRIP = "send the answer byte by byte, with a pause after each"
    CLOSE = "close instead of answering"
    RESET = "reset the connection instead of answering"
    CLOSE_IN_MID_FRAME = "send half of the answer and close"
    SILENCE_IN_MID_FRAME = "send half of the answer and then nothing"
    HUGE_LENGTH = "claim a frame of two gigabytes"
    TINY_LENGTH = "claim a frame shorter than its own length field"
    NEGATIVE_LENGTH = "claim a frame of less than nothing"
    GARBAGE = "send bytes that are no frames"
    WRONG_LETTER = "answer with a frame of another type"
    TEXT_WITHOUT_END = "leave out the NUL at the end of the answer"
    EMPTY = "answer with a frame that has no payload"
    ENDLESS_NOTICES = "send notices for ever, and no answer"
    ENDLESS_ROWS = "send rows for ever, and no end"


def complete(*fields: str) -> list[bytes]:
    """The payload of a reply of one frame: ``CommandComplete`` and the fields."""
    return [wire.text("CommandComplete", *fields)]


def rows(tag: str, values: Iterable[Iterable[str]]) -> list[bytes]:
    """The payloads of a reply of several frames: the number of rows, each row behind its tag, ``CommandComplete``."""
    found = [wire.text(tag, *row) for row in values]
    return [wire.text("ArraySize", str(len(found))), *found, *complete()]


def refusal(message: str, detail: str = "", severity: str = "ERROR") -> list[Frame]:
    """An error as pgpool sends it. After one of severity FATAL the double closes, as pgpool does."""
    fields = [f"S{severity}", "CXX000", f"M{message}", *([f"D{detail}"] if detail else []), "Fpcp_worker.c", "L1"]
    return [Frame(b"E", wire.text(*fields) + b"\0")]


class FakePgpool:
    """A pgpool that answers each request letter as ``answers`` says, from ``with`` on until its end.

    The login is pgpool's own, with ``username`` and ``password``; ``salt`` is random unless given. A request whose
    letter is not in ``answers`` is refused as pgpool refuses one it does not know. ``fault`` is what it does instead
    of answering the requests whose letters are in ``at``: ``M`` and ``R`` are the login, nothing means every request
    after it. ``pause`` is for DRIP, in seconds. With ``directory`` it listens on a Unix socket there.
    """

    def __init__(
        self,
        answers: Mapping[str, Answer] | None = None,
        *,
        username: str = USERNAME,
        password: str = PASSWORD,
        salt: bytes | None = None,
        fault: Fault | None = None,
        at: str = "",
        pause: float = 1.0,
        host: str = "127.0.0.1",
        directory: str | None = None,
    ) -> None:
        self.answers = dict(answers or {})
        self.username, self.password, self.salt = username, password, salt
        self.fault, self.at, self.pause = fault, at, pause
        self.host, self.port = directory or host, 9898
        #: The requests that came, over all connections, without those of the login.
        self.requests: list[Frame] = []
        #: How many connections were made, and how many are open.
        self.connections = self.open_connections = 0
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> FakePgpool:
        self._listener = self._listen()
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._stopped.set()
        with self._lock:
            sockets = [self._listener, *self._sockets]
        for sock in sockets:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        for thread in self._threads:
            thread.join(10)
        if self.host.startswith("/"):
            os.unlink(self._path())

    def _path(self) -> str:
        return f"{self.host}/.s.PGSQL.{self.port}"

    def _listen(self) -> socket.socket:
        if self.host.startswith("/"):
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(self._path())
            listener.listen(50)
            return listener
        listener = socket.create_server((self.host, 0), family=_family(self.host), backlog=50)
        self.port = listener.getsockname()[1]
        return listener

    def _start(self, work: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._sockets.add(sock)
                self.connections += 1
                self.open_connections += 1
            self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        try:
            with suppress(OSError):
                _Conversation(self, sock, self._stopped).run()
        finally:
            with self._lock:
                self._sockets.discard(sock)
                self.open_connections -= 1
            sock.close()

    def _answer(self, request: Frame) -> list[Frame]:
        """The frames for a request after the login."""
        with self._lock:
            self.requests.append(request)
        letter = request.kind.decode("latin-1")
        if letter not in self.answers:
            return refusal("PCP processing request", f'unknown PCP packet type "{letter}"', "FATAL")
        answer = self.answers[letter]
        found = answer(request) if callable(answer) else answer
        return [each if isinstance(each, Frame) else Frame(ANSWERS[letter].encode(), each) for each in found]


# The letter of the answer: the request's in lower case, but for these.
ANSWERS = {letter: letter.lower() for letter in "ABCDGHILMNPRTVWZdt"} | {"J": "d", "j": "d", "O": "c"}


class _Conversation:
    """One connection, from the salt to the ``X``."""

    def __init__(self, pgpool: FakePgpool, sock: socket.socket, stopped: threading.Event) -> None:
        self._pgpool, self._sock, self._stopped = pgpool, sock, stopped
        self._salt = b""
        self._logged_in = False

    def run(self) -> None:
        decoder = Decoder()
        while data := self._sock.recv(65536):
            decoder.receive(data)
            for request in decoder:
                if request.kind == b"X":
                    return
                frames = self._frames_for(request)
                if self._is_faulty(request.kind.decode("latin-1")):
                    self._misbehave(frames)
                    return
                self._sock.sendall(b"".join(map(_encoded, frames)))
                if any(frame.kind == b"E" and b"SFATAL\0" in frame.payload for frame in frames):
                    return

    def _frames_for(self, request: Frame) -> list[Frame]:
        if request.kind == b"M":
            self._salt = self._pgpool.salt or os.urandom(4)
            return [Frame(b"m", self._salt)]
        if request.kind == b"R":
            return self._login(request)
        if not self._logged_in:
            message = "authentication failed for new PCP connection"
            return refusal(message, "connection not authorized", "FATAL")
        return self._pgpool._answer(request)

    def _login(self, request: Frame) -> list[Frame]:
        username, answer = wire.fields(request.payload)
        right = wire.md5_answer(self._pgpool.username, self._pgpool.password, self._salt)
        if (username, answer) == (self._pgpool.username, right) and self._salt:
            self._logged_in = True
            return [Frame(b"r", b"AuthenticationOK\0")]
        message = f'authentication failed for user "{username}"'
        return refusal(message, "username and/or password does not match", "FATAL")

    def _is_faulty(self, letter: str) -> bool:
        pgpool = self._pgpool
        return bool(pgpool.fault) and (letter in pgpool.at if pgpool.at else letter not in "MR")

    def _misbehave(self, frames: list[Frame]) -> None:
        fault, whole = self._pgpool.fault, b"".join(map(_encoded, frames))
        if fault is Fault.DRIP:
            for byte in whole:
                self._sock.sendall(bytes([byte]))
                self._stopped.wait(self._pgpool.pause)
        elif fault in (Fault.ENDLESS_NOTICES, Fault.ENDLESS_ROWS):
            self._send_for_ever(fault, frames[0].kind)
        elif fault is Fault.RESET:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            self._sock.sendall(_wrong(fault, frames, whole))
            if fault not in (Fault.CLOSE, Fault.CLOSE_IN_MID_FRAME):
                self._stay()

    def _send_for_ever(self, fault: Fault, letter: bytes) -> None:
        notice = Frame(b"N", refusal("nothing new", severity="NOTICE")[0].payload)
        row = Frame(letter, wire.text("ProcessInfo", *(["x"] * 11)))
        block = _encoded(notice if fault is Fault.ENDLESS_NOTICES else row) * 100
        while not self._stopped.is_set():
            self._sock.sendall(block)
            self._stopped.wait(0.01)

    def _stay(self) -> None:
        """Keep the connection open until the client or the test ends it."""
        while self._sock.recv(65536):
            pass


def _wrong(fault: Fault | None, frames: list[Frame], whole: bytes) -> bytes:
    """The bytes that are sent in place of the right ones."""
    first = frames[0]
    lengths = {Fault.HUGE_LENGTH: 0x7FFFFFFF, Fault.TINY_LENGTH: 2, Fault.NEGATIVE_LENGTH: -1}
    if fault in lengths:
        return first.kind + struct.pack("!i", lengths[fault]) + first.payload
    if fault in (Fault.CLOSE_IN_MID_FRAME, Fault.SILENCE_IN_MID_FRAME):
        return whole[: len(whole) // 2]
    return {
        Fault.GARBAGE: b"HTTP/1.1 400 Bad Request\r\n\r\n\x00\xff\xfe" * 3,
        Fault.WRONG_LETTER: _encoded(Frame(b"q", first.payload)),
        Fault.TEXT_WITHOUT_END: _encoded(Frame(first.kind, frames[-1].payload[:-1])),
        Fault.EMPTY: _encoded(Frame(first.kind)),
    }.get(fault or Fault.SILENCE, b"")


def _encoded(frame: Frame) -> bytes:
    """The frame on the wire. A server's may be longer than a client's."""
    return frame.kind + struct.pack("!i", frame.length) + frame.payload


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def recorded(conversation: Mapping[str, Any]) -> dict[str, Answer]:
    """The answers of a recorded conversation, by the letters of its requests, for FakePgpool.

    ``conversation`` has ``frames``: each ``{"from": "client" or "server", "type": letter, "payload_hex": ...}``. The
    login's frames are left out, since the double does that itself.
    """
    answers: dict[str, Answer] = {}
    letter = ""
    found: list[Frame] = []
    for frame in conversation["frames"]:
        if frame["from"] == "client":
            letter = frame["type"]
            found = []
            if letter not in "MRX":
                answers[letter] = found
        else:
            found.append(Frame(frame["type"].encode("ascii"), bytes.fromhex(frame["payload_hex"])))
    return answers
