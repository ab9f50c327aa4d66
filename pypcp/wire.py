"""Bytes to frames and back: the PCP wire format, without a socket and without a clock.

A frame is one type letter, a 4-byte big-endian length that counts itself and the payload, and the payload
(pgpool: ``src/utils/pcp/pcp_stream.c``). The format is the same from pgpool 3.6 to 4.7. Nothing here knows what a
letter means; that is the business of :mod:`pypcp.commands` and :mod:`pypcp.session`.
"""

from __future__ import annotations

import struct
from hashlib import md5

from pypcp.errors import MalformedReply, WrongUsage

TYPE_CHECKING = False  # `typing` itself costs a third of a small command's start-up
if TYPE_CHECKING:
    from collections.abc import Iterator

LENGTH = struct.Struct("!i")
LENGTH_SIZE = LENGTH.size  # which the length counts, too
HEADER_SIZE = 1 + LENGTH_SIZE

# pgpool ends the connection at a request of 260 or more (MAX_PCP_PACKET_LENGTH in src/include/pcp/pcp.h).
MAX_REQUEST_LENGTH = 259
# pgpool itself sets no limit on a reply. The longest honest frames are the process list (8 bytes for each child,
# at most 64 Ki children) and the watchdog's JSON: both far below this.
MAX_REPLY_LENGTH = 8 * 1024 * 1024


class Frame:
    """One frame: its type letter and its payload, both as bytes."""

    __slots__ = ("kind", "payload")

    def __init__(self, kind: bytes, payload: bytes = b"") -> None:
        self.kind = kind
        self.payload = payload

    @property
    def length(self) -> int:
        """What the length field says on the wire: the payload and the field itself, in bytes."""
        return LENGTH_SIZE + len(self.payload)

    def encode(self) -> bytes:
        """The bytes to send. Raises WrongUsage where pgpool would refuse them for their length."""
        length = self.length
        if length > MAX_REQUEST_LENGTH:
            raise WrongUsage(
                f"send a request of {length} bytes",
                f"pgpool takes at most {MAX_REQUEST_LENGTH}",
                "Use a shorter user name or value.",
            )
        return self.kind + LENGTH.pack(length) + self.payload

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Frame) and (self.kind, self.payload) == (other.kind, other.payload)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Frame({self.kind!r}, {self.payload!r})"


class Decoder:
    """Bytes in any split go in, whole frames come out.

    Memory stays within one frame's limit and what was last received, whatever length a frame claims: the claim is
    judged as soon as the header is there, before anything is waited for.
    """

    def __init__(self, max_length: int = MAX_REPLY_LENGTH) -> None:
        self._max_length = max_length
        self._buffer = b""
        self._at = 0
        # What arrived since the last look, joined only when a whole frame is there: a frame that drips in byte by
        # byte would otherwise be copied once for each byte.
        self._arrived: list[bytes] = []
        self._waiting = 0
        self._missing = 0

    def receive(self, data: bytes) -> None:
        """Takes bytes as they came from the server."""
        if data:
            self._arrived.append(data)
            self._waiting += len(data)

    @property
    def is_between_frames(self) -> bool:
        """Whether the stream may end here: no byte of a further frame has come."""
        return self._at == len(self._buffer) and not self._waiting

    def next_frame(self) -> Frame | None:
        """The next whole frame, or None until more bytes are received. Raises MalformedReply."""
        run = self.next_run(1)
        return Frame(run[0], run[1][0]) if run else None

    def next_run(self, at_most: int = 1 << 62) -> tuple[bytes, list[bytes]] | None:
        """The next whole frames as far as they are of one type: their letter, and the payload of each.

        None until more bytes are received. Raises MalformedReply. A reply of thousands of rows is read in one loop.
        """
        if self._waiting < self._missing:
            return None
        if self._waiting:
            self._join()
        buffer, at, size = self._buffer, self._at, len(self._buffer)
        payloads: list[bytes] = []
        kind = buffer[at : at + 1]
        unpack, longest, last = LENGTH.unpack_from, self._max_length, size - HEADER_SIZE
        while at <= last and buffer[at] == kind[0] and len(payloads) < at_most:
            (length,) = unpack(buffer, at + 1)
            if not LENGTH_SIZE <= length <= longest or not b" " < kind <= b"~":
                raise _not_pcp(kind, length)
            end = at + 1 + length
            if end > size:
                break
            payloads.append(buffer[at + HEADER_SIZE : end])
            at = end
        self._at = at
        self._missing = 0 if payloads else self._needed() - size
        return (kind, payloads) if payloads else None

    def _join(self) -> None:
        self._buffer = b"".join((self._buffer[self._at :], *self._arrived))
        self._at, self._waiting, self._missing = 0, 0, 0
        self._arrived.clear()

    def _needed(self) -> int:
        """Where the frame ends that is not whole yet, or its header."""
        start = self._at + HEADER_SIZE
        if start > len(self._buffer):
            return start
        (length,) = LENGTH.unpack_from(self._buffer, self._at + 1)
        return self._at + 1 + int(length)

    def __iter__(self) -> Iterator[Frame]:
        """All whole frames received so far."""
        while frame := self.next_frame():
            yield frame


def _not_pcp(kind: bytes, length: int) -> MalformedReply:
    return MalformedReply(
        "read from pgpool",
        f"a frame of type {kind!r} claims {length} bytes: this is not PCP",
        "See that host and port are those of pgpool's PCP (pcp_port, 9898), not of PostgreSQL.",
    )


def text(*values: str) -> bytes:
    """The payload of a request: each value as UTF-8 with a NUL behind it. Raises WrongUsage for a NUL within."""
    for value in values:
        if "\0" in value:
            raise WrongUsage(f"send {value!r}", "a NUL byte cannot stand inside a PCP text")
    return b"".join(value.encode("utf-8", "surrogateescape") + b"\0" for value in values)


def fields(payload: bytes) -> list[str]:
    """The NUL-terminated texts of a reply. Bytes that are not UTF-8 survive as surrogate escapes.

    Raises MalformedReply if the last text has no end.
    """
    if not payload.endswith(b"\0"):
        raise MalformedReply("read from pgpool", f"a text without its end in {payload[:60]!r}")
    return payload[:-1].decode("utf-8", "surrogateescape").split("\0")


def md5_answer(username: str, password: str, salt: bytes) -> str:
    """What proves the password without telling it: 32 hex digits (pcp_worker.c, ``process_authentication``).

    PostgreSQL's md5 scheme with one more md5 in front, since pcp.conf holds the md5 of the password alone.
    """
    stored = _hex(password.encode("utf-8", "surrogateescape"))
    return _hex(_hex(stored + username.encode("utf-8", "surrogateescape")) + salt).decode("ascii")


def _hex(data: bytes) -> bytes:
    # Not for security: FIPS hosts refuse md5 otherwise, and the protocol knows nothing else.
    return md5(data, usedforsecurity=False).hexdigest().encode("ascii")


# Which field letters may follow which, in an error or notice (elog.c, `send_message_to_frontend`, 3.6 to 4.7):
# severity, code, message, detail, hint, file, line, then the NUL that ends the frame. Detail and hint may be missing.
_FOLLOWERS = {0: b"S", ord("S"): b"C", ord("C"): b"M", ord("M"): b"DHF", ord("D"): b"HF", ord("H"): b"F"}
_FOLLOWERS |= {ord("F"): b"L", ord("L"): b"\0"}
# pgpool formats each field into 256 bytes: letter and text are cut to 255, and then one byte of whatever was in its
# memory follows the NUL.
_CUT_FIELD = 255


def report_fields(payload: bytes) -> dict[str, str]:
    """The fields of an error (``E``) or notice (``N``), by their letters. Never fails: keeps what it could read."""
    found, _ = _report_from(payload, 0, 0)
    return {chr(letter): value.decode("utf-8", "replace") for letter, value in found}


def _report_from(payload: bytes, at: int, previous: int) -> tuple[list[tuple[int, bytes]], bool]:
    """The fields from `at` on, and whether they end as a report has to."""
    if at >= len(payload) or payload[at] not in _FOLLOWERS.get(previous, b""):
        return [], False
    letter = payload[at]
    if letter == 0:
        return [], at == len(payload) - 1
    end = payload.find(b"\0", at)
    if end < 0:
        return [(letter, payload[at + 1 :])], False
    field = (letter, payload[at + 1 : end])
    rest, whole = _report_from(payload, end + 1, letter)
    if end - at == _CUT_FIELD:
        without_stray, is_better = _report_from(payload, end + 2, letter)
        if is_better:
            rest, whole = without_stray, True
    return [field, *rest], whole
