"""The client over a socket.

An open PCP connection is dangerous: up to pgpool 4.4 a single idle one blocks pgpool's main process, and so failover,
after the next node change (pcp_child.c, `pcp_exit_handler`). And its server process judges by the node states of the
moment when it was opened. So a connection lives for one command, or inside ``with`` for a burst of commands that only
read; a command that changes something always gets a new one.
"""

from __future__ import annotations

import socket
import struct
import time

from pypcp.address import DEFAULT_PORT, Address, unreachable
from pypcp.credentials import Credentials, missing, refused
from pypcp.errors import AuthenticationFailed, ConnectionBroken, MalformedReply, PypcpError, ServerRefused
from pypcp.methods import Methods
from pypcp.session import Session, network_ended
from pypcp.timing import CONNECT_TIMEOUT, TIMEOUT, Deadline, checked, explain_silence, late, probe_time, within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, TypeVar

    from pypcp.commands import Command, Talk
    from pypcp.session import Trace

    T = TypeVar("T")

CHUNK = 65536
FRESH = 1.0  # seconds
GOODBYE_TIMEOUT = 1.0
PRECISION = 0.01  # seconds by which a wait may be longer than it should


def connect(
    host: str | None = None,
    port: int = DEFAULT_PORT,
    username: str | None = None,
    password: str | None = None,
    *,
    passfile: str | None = None,
    connect_timeout: float = CONNECT_TIMEOUT,
    timeout: float | None = None,
    trace: Trace | None = None,
) -> Client:
    """Connect to pgpool's PCP port and log in.

    ``host`` is a name, an IPv4 or IPv6 address, or the directory of a Unix socket; without one, the socket in one of
    the usual directories, else localhost. ``username`` is by default the operating system's. Without ``password`` it
    is looked up in ``passfile``, by default ``$PCPPASSFILE`` or ``~/.pcppass``. ``connect_timeout`` is for connecting
    and logging in, ``timeout`` for each command, both in seconds; without it a command has 30 s, and those that pgpool
    takes long for have more: a recovery a day, a graceful detach or promotion three minutes. ``trace`` is called with
    ``"send"`` or ``"recv"`` and each frame.

    The connection serves one command, or the commands inside ``with``::

        with pypcp.connect("bak", username="pgadmin") as pcp:
            for node in pcp.node_infos():
                ...

    Raises ConnectionFailed, AuthenticationFailed, DeadlinePassed and WrongUsage.
    """
    client = Client(
        Address(host, port),
        Credentials(username, password, passfile),
        connect_timeout=connect_timeout,
        timeout=timeout,
        trace=trace,
    )
    client.open()
    return client


class Client(Methods):
    """A pgpool to ask. Made by :func:`connect`; has a method for each PCP command."""

    def __init__(
        self,
        address: Address,
        credentials: Credentials,
        *,
        connect_timeout: float = CONNECT_TIMEOUT,
        timeout: float | None = None,
        trace: Trace | None = None,
    ) -> None:
        self.address = address
        self.credentials = credentials
        self.connect_timeout = checked(connect_timeout)
        self.timeout = timeout if timeout is None else checked(timeout)
        self.trace = trace
        self._connection: _Connection | None = None
        self._is_burst = False

    def __enter__(self) -> Client:
        self._is_burst = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._is_burst = False
        self.close()

    def close(self) -> None:
        """End the connection, if one is open. The client can be used again."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def open(self) -> None:
        """Connect and log in anew. Not needed before a command: it does so itself."""
        self.close()
        self._connection = _Connection.open(self.address, self.credentials, Deadline(self.connect_timeout), self.trace)

    def run(self, command: Command[T]) -> T:
        """Run a command: the door behind all the methods. Raises any PypcpError.

        A command that only reads is tried a second time, on a new connection, when the first broke: pgpool closes its
        connections when it renews its PCP processes. One that changes something never is.
        """
        seconds = self.timeout or command.timeout or TIMEOUT
        spare = probe_time(seconds) if command.asks_backends else 0.0
        deadline = Deadline(seconds - spare)
        try:
            return self._run(command, deadline)
        except TimeoutError:
            self.close()
            passed = late(f"{command.tried} on {self.address}", deadline)
            if not command.asks_backends:
                raise passed from None
            raise explain_silence(passed, self._probe(spare)) from None
        except ServerRefused as refusal:
            if refusal.severity != "ERROR":
                self.close()
            raise
        except BaseException:
            self.close()
            raise
        finally:
            if command.changes or not self._is_burst:
                self.close()

    def _run(self, command: Command[T], deadline: Deadline) -> T:
        if command.changes and self._connection and not self._connection.is_fresh:
            self.close()
        try:
            return self._connected().carry(command, deadline)
        except (ConnectionBroken, MalformedReply):
            if command.changes:
                raise
            self.open()
            return self._connected().carry(command, deadline)

    def _connected(self) -> _Connection:
        if not self._connection:
            self.open()
        assert self._connection
        return self._connection

    def _probe(self, seconds: float) -> PypcpError | None:
        """How a question ends that pgpool answers from its own memory."""
        from pypcp.commands.node_count import node_count

        client = Client(self.address, self.credentials, connect_timeout=seconds / 2, timeout=seconds / 2)
        try:
            client.run(node_count())
        except PypcpError as error:
            return error
        return None


class _Connection:
    """A socket with a session on it, logged in."""

    def __init__(self, sock: socket.socket, session: Session) -> None:
        self._sock = sock
        self._session = session
        self._opened_at = time.monotonic()
        self._patience = 0.0
        self._is_used = False

    @classmethod
    def open(cls, address: Address, credentials: Credentials, deadline: Deadline, trace: Trace | None) -> _Connection:
        password = credentials.password_for(address)
        if password.value is None:
            raise missing(str(address), credentials.username, password)
        connection = cls(_connect(address, deadline), Session(str(address), trace))
        try:
            connection._drive(connection._session.log_in(credentials.username, password.value), deadline)
        except TimeoutError:
            connection.abandon()
            raise late(f"log in to {address}", deadline) from None
        except AuthenticationFailed as error:
            connection.abandon()
            raise refused(error, password) from None
        except BaseException:
            connection.abandon()
            raise
        return connection

    @property
    def is_fresh(self) -> bool:
        """Whether its server process still sees the nodes as they are: opened just now and not used."""
        return not self._is_used and time.monotonic() - self._opened_at < FRESH

    def carry(self, command: Command[T], deadline: Deadline) -> T:
        self._is_used = True
        return self._drive(self._session.ask(command), deadline)

    def close(self) -> None:
        """Say goodbye and close; whether the server still listens does not matter any more."""
        try:
            self._sock.sendall(self._session.leave())
        except OSError:
            pass
        self.abandon()

    def abandon(self) -> None:
        self._sock.close()

    def _drive(self, talk: Talk[T], deadline: Deadline) -> T:
        """Carry bytes to and fro until the talk has its result. Raises TimeoutError at the deadline."""
        try:
            outgoing = next(talk)
            while True:
                if outgoing:
                    self._send(outgoing)
                outgoing = self._next_step(talk, deadline)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    def _next_step(self, talk: Talk[T], deadline: Deadline) -> bytes:
        """What the talk says to the bytes that arrive, or to the end of the network. Raises what the talk raises."""
        try:
            arrived = self._receive(deadline)
        except ConnectionBroken as broken:
            return talk.throw(broken)  # it knows what was being done
        return talk.send(arrived)

    def _send(self, outgoing: bytes) -> None:
        try:
            self._sock.sendall(outgoing)  # a request fits into any socket buffer, so this does not wait
        except OSError:
            pass  # what the server said before it closed is still to be read, and reading tells the rest

    def _receive(self, deadline: Deadline) -> bytes:
        left = deadline.left()
        if not left <= self._patience < left + PRECISION:
            self._be_patient_for(left)
        try:
            return self._sock.recv(CHUNK)
        except BlockingIOError:
            raise TimeoutError from None
        except ConnectionError:
            return b""
        except OSError as error:  # no route any more, or keepalive gave up
            raise network_ended(error) from None

    def _be_patient_for(self, seconds: float) -> None:
        """Let the kernel end a wait: Python's own timeouts cost a system call more for each send and receive."""
        whole = int(seconds)
        limit = struct.pack("ll", whole, max(1, int((seconds - whole) * 1_000_000)))
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        self._patience = seconds


def _connect(address: Address, deadline: Deadline) -> socket.socket:
    """A socket to the first address of the name that answers; a dead one gets no more than its share of the time."""
    error: Exception | None = None
    try:
        places = _places(address, deadline)
    except (OSError, UnicodeError) as unknown:
        raise unreachable(address, unknown) from None
    for at, (family, where) in enumerate(places):
        try:
            return _connected(family, where, deadline.left() / (len(places) - at))
        except OSError as refusal:
            error = refusal
    if isinstance(error, TimeoutError):
        raise late(f"connect to {address}", deadline)
    raise unreachable(address, error)


def _connected(family: int, where: Any, seconds: float) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(seconds)
        sock.connect(where)
        if family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # a recovery is silent for hours
        sock.settimeout(None)
    except BaseException:
        sock.close()
        raise
    return sock


def _places(address: Address, deadline: Deadline) -> list[tuple[int, Any]]:
    if path := address.socket_path:
        return [(socket.AF_UNIX, path)]
    host = address.tcp_host
    # as bytes, or the name goes through IDNA, whose tables take longer to import than the connection to make
    name = host.encode("ascii") if host.isascii() else host

    def look_up() -> list[tuple[int, Any]]:
        found = socket.getaddrinfo(name, address.port, type=socket.SOCK_STREAM)
        return [(family, where) for family, _, _, _, where in found]

    if host == "localhost" or not set(host.lower()) - set("0123456789abcdef.:"):
        return look_up()  # nobody is asked, so it needs no thread
    return within(deadline.left(), f"look up the name {host}", look_up)
