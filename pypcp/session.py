"""One conversation with pgpool: log in, ask, leave. No socket and no clock; both clients drive it.

A talk is a generator: it yields the bytes to send (perhaps none), is sent the bytes that arrived (``b""`` when the
server closed), and returns its result. A talk that raised anything but ServerRefused of severity ERROR leaves the
session unusable; the client closes the connection.
"""

from __future__ import annotations

from pypcp import wire
from pypcp.commands import Reply, Request
from pypcp.errors import (
    AuthenticationFailed,
    ConnectionBroken,
    MalformedReply,
    PypcpError,
    ServerRefused,
    WrongUsage,
)
from pypcp.wire import Decoder, Frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from pypcp.commands import Command, Talk

    T = TypeVar("T")
    Trace = Callable[[str, Frame], None]

# The NUL of the user name must be among the first 128 bytes (pcp_worker.c, `process_authentication`).
MAX_USERNAME = 127
SALT_SIZE = 4
# A reply may have any number of frames. This many bytes, each frame counted with what Python needs to hold it, are
# ten times what 10,000 children with long statements send.
MAX_REPLY_SIZE = 256 * 1024 * 1024
_FRAME_COST = 64
TOO_OLD = "This pgpool does not have that command: it came with a later version."


NOT_PCP = (
    "See that this is pgpool's PCP port (pcp_port, 9898) and not one for SQL. pgpool itself closes connections when it "
    "renews its PCP processes, after a node change for example: then try again."
)


class Session:
    """The state of one connection: what was received and not yet read.

    ``where`` names the server in errors ("bak:9898"). ``trace`` is called with "send" or "recv" and each frame.
    """

    def __init__(self, where: str, trace: Trace | None = None) -> None:
        self.where = where
        self._decoder = Decoder()
        self._trace = trace

    def log_in(self, username: str, password: str) -> Talk[None]:
        """Prove the password: ``M``, salt, ``R``, ``AuthenticationOK``. Raises AuthenticationFailed and the like."""
        tried = f'log in to {self.where} as "{username}"'
        if not 0 < len(wire.text(username)) - 1 <= MAX_USERNAME:
            raise WrongUsage(tried, f"a PCP user name has 1 to {MAX_USERNAME} bytes")
        try:
            salt = (yield from self._reply_to(Request(b"M", end=b""))).payloads[0]
            if len(salt) != SALT_SIZE:
                raise MalformedReply(tried, f"a salt of {len(salt)} bytes where {SALT_SIZE} were to come")
            answer = wire.text(username, wire.md5_answer(username, password, salt))
            said = (yield from self._reply_to(Request(b"R", answer, end=b""))).payloads[0]
        except ServerRefused as refusal:
            raise AuthenticationFailed(tried, refusal.said) from None
        except ConnectionBroken as error:
            raise ConnectionBroken(tried, error.said, NOT_PCP) from None
        except PypcpError as error:
            raise _told(error, tried) from None
        if said != b"AuthenticationOK\0":
            raise AuthenticationFailed(tried, f"pgpool says {said[:200]!r}")

    def ask(self, command: Command[T]) -> Talk[T]:
        """Run a command. Raises ServerRefused, ConnectionBroken, MalformedReply."""
        try:
            return (yield from command.talk(self._reply_to))
        except PypcpError as error:
            raise _told(error, f"{command.tried} on {self.where}") from None

    def leave(self) -> bytes:
        """The bytes of a polite end. Without them pgpool logs a FATAL for each connection that closes."""
        goodbye = Frame(b"X")
        self._traced("send", goodbye)
        return goodbye.encode()

    def _reply_to(self, request: Request) -> Talk[Reply]:
        """Send one request, collect the payloads that answer it."""
        self._traced("send", request.frame)
        outgoing = request.frame.encode()
        payloads: list[bytes] = []
        size = 0
        while True:
            run = self._decoder.next_run()
            if run is None:
                arrived = yield outgoing
                outgoing = b""
                self._take(arrived)
                size += len(arrived)
                continue
            kind, found = run
            for payload in found if self._trace else ():
                self._traced("recv", Frame(kind, payload))
            if kind == request.answer:
                payloads += found
                if found[-1].startswith(request.end):
                    return Reply(payloads)
                if size + len(payloads) * _FRAME_COST > MAX_REPLY_SIZE:
                    raise MalformedReply("read from pgpool", f"a reply of more than {MAX_REPLY_SIZE} bytes")
            elif kind == b"E":
                raise _refusal(found[0])
            elif kind != b"N":  # notices may come at any moment, also after a reply, and mean nothing here
                raise MalformedReply(
                    "read from pgpool",
                    f"a frame of type {kind!r} where {request.answer!r} was to come",
                )

    def _take(self, arrived: bytes) -> None:
        if not arrived:
            where = "between two frames" if self._decoder.is_between_frames else "in the middle of a frame"
            raise ConnectionBroken(
                "read from pgpool",
                f"the server closed the connection {where}",
                "pgpool does so when it restarts its PCP processes, after a node change for example: try again.",
            )
        self._decoder.receive(arrived)

    def _traced(self, direction: str, frame: Frame) -> None:
        if self._trace:
            self._trace(direction, frame)


def network_ended(error: OSError) -> ConnectionBroken:
    """The error for a connection that the network ended; the session says what was being done."""
    said = error.strerror or str(error)
    return ConnectionBroken("read from pgpool", said[:1].lower() + said[1:], "See whether the host can be reached.")


def _refusal(payload: bytes) -> ServerRefused:
    found = wire.report_fields(payload)
    message = found.get("M", "an error without a text")
    detail = found.get("D", "")
    do = TOO_OLD if detail.startswith("unknown PCP packet type") else ""  # pcp_worker.c, `pcp_process_command`
    return ServerRefused("", found.get("S", "ERROR"), message, detail, found.get("H", ""), do)


def _told(error: PypcpError, tried: str) -> PypcpError:
    """The same error, which now says what was being done when it happened."""
    error.tried = tried
    error.args = (tried, *error.args[1:])
    return error
