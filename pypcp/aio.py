"""The same client over asyncio: see :mod:`pypcp.client`, whose rules about connections hold here too."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
import time
from collections.abc import Generator
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from pypcp.address import DEFAULT_PORT, Address, unreachable
from pypcp.client import CHUNK, FRESH, GOODBYE_TIMEOUT, Client
from pypcp.commands import Command
from pypcp.credentials import Credentials, missing, refused
from pypcp.errors import AuthenticationFailed, ConnectionBroken, MalformedReply, PypcpError, ServerRefused
from pypcp.methods import Methods
from pypcp.session import Session, network_ended
from pypcp.timing import CONNECT_TIMEOUT, TIMEOUT, Deadline, checked, explain_silence, late, probe_time

if TYPE_CHECKING:
    from pypcp.commands import Talk
    from pypcp.session import Trace

T = TypeVar("T")
HEAD_START = 0.25  # seconds that one address of a name has before the next is tried too


class connect:
    """Connect to pgpool's PCP port and log in: the arguments and errors of :func:`pypcp.connect`.

    Await it, or use it as it is in ``async with``::

        async with pypcp.aio.connect("bak", username="pgadmin") as pcp:
            for node in await pcp.node_infos():
                ...
    """

    def __init__(
        self,
        host: str | None = None,
        port: int = DEFAULT_PORT,
        username: str | None = None,
        password: str | None = None,
        *,
        passfile: str | None = None,
        connect_timeout: float = CONNECT_TIMEOUT,
        timeout: float | None = None,
        trace: Trace | None = None,
    ) -> None:
        self._client = AsyncClient(
            Address(host, port),
            Credentials(username, password, passfile),
            connect_timeout=connect_timeout,
            timeout=timeout,
            trace=trace,
        )

    async def _connected(self) -> AsyncClient:
        await self._client.open()
        return self._client

    def __await__(self) -> Generator[object, None, AsyncClient]:
        return self._connected().__await__()

    async def __aenter__(self) -> AsyncClient:
        return await (await self).__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, where)


class AsyncClient(Methods):
    """A pgpool to ask. Made by :class:`connect`; has a method for each PCP command, to be awaited.

    Commands that are started at once take turns.
    """

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
        self._trace = trace
        self._connection: _Connection | None = None
        self._is_burst = False
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> AsyncClient:
        self._is_burst = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._is_burst = False
        await self.close()

    async def close(self) -> None:
        """End the connection, if one is open. The client can be used again."""
        if self._connection:
            connection, self._connection = self._connection, None
            await connection.close()

    async def open(self) -> None:
        """Connect and log in anew. Not needed before a command: it does so itself."""
        await self.close()
        self._connection = await _Connection.open(
            self.address, self.credentials, Deadline(self.connect_timeout), self._trace
        )

    async def run(self, command: Command[T]) -> T:
        """Run a command: see :meth:`pypcp.client.Client.run`."""
        async with self._turn:
            return await self._run_alone(command)

    async def _run_alone(self, command: Command[T]) -> T:
        seconds = self.timeout or command.timeout or TIMEOUT
        spare = probe_time(seconds) if command.asks_backends else 0.0
        deadline = Deadline(seconds - spare)
        try:
            return await self._run(command, deadline)
        except (TimeoutError, asyncio.TimeoutError):  # two classes up to Python 3.10
            await self.close()
            passed = late(f"{command.tried} on {self.address}", deadline)
            if not command.asks_backends:
                raise passed from None
            raise explain_silence(passed, await self._probe(spare)) from None
        except ServerRefused as refusal:
            if refusal.severity != "ERROR":
                await self.close()
            raise
        except BaseException:
            await self.close()
            raise
        finally:
            if command.changes or not self._is_burst:
                await self.close()

    async def _run(self, command: Command[T], deadline: Deadline) -> T:
        if command.changes and self._connection and not self._connection.is_fresh:
            await self.close()
        try:
            return await (await self._connected()).carry(command, deadline)
        except (ConnectionBroken, MalformedReply):
            if command.changes:
                raise
            await self.open()
            return await (await self._connected()).carry(command, deadline)

    async def _connected(self) -> _Connection:
        if not self._connection:
            await self.open()
        assert self._connection
        return self._connection

    async def _probe(self, seconds: float) -> PypcpError | None:
        """How a question ends that pgpool answers from its own memory."""
        client = AsyncClient(self.address, self.credentials, connect_timeout=seconds / 2, timeout=seconds / 2)
        try:
            await client.node_count()
        except PypcpError as error:
            return error
        return None


def alike(client: Client) -> AsyncClient:
    """A client for the same pgpool and user, with the same deadlines."""
    return AsyncClient(
        client.address,
        client.credentials,
        connect_timeout=client.connect_timeout,
        timeout=client.timeout,
        trace=client.trace,
    )


class _Connection:
    """A pair of streams with a session on it, logged in."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, session: Session) -> None:
        self._reader = reader
        self._writer = writer
        self._session = session
        self._opened_at = time.monotonic()
        self._is_used = False

    @classmethod
    async def open(
        cls, address: Address, credentials: Credentials, deadline: Deadline, trace: Trace | None
    ) -> _Connection:
        password = credentials.password_for(address)
        if password.value is None:
            raise missing(str(address), credentials.username, password)
        reader, writer = await _connect(address, deadline)
        connection = cls(reader, writer, Session(str(address), trace))
        try:
            await connection._drive(connection._session.log_in(credentials.username, password.value), deadline)
        except (TimeoutError, asyncio.TimeoutError):
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

    async def carry(self, command: Command[T], deadline: Deadline) -> T:
        self._is_used = True
        return await self._drive(self._session.ask(command), deadline)

    async def close(self) -> None:
        """Say goodbye and close; whether the server still listens does not matter any more."""
        with contextlib.suppress(OSError, asyncio.TimeoutError):
            self._writer.write(self._session.leave())
            self._writer.close()
            await asyncio.wait_for(self._writer.wait_closed(), GOODBYE_TIMEOUT)
        self.abandon()

    def abandon(self) -> None:
        self._writer.transport.abort()

    async def _drive(self, talk: Talk[T], deadline: Deadline) -> T:
        """Carry bytes to and fro until the talk has its result. Raises TimeoutError at the deadline."""
        try:
            outgoing = next(talk)
            while True:
                if outgoing:
                    self._writer.write(outgoing)
                left = deadline.left()
                try:
                    arrived = await asyncio.wait_for(self._receive(), left)
                except ConnectionBroken as broken:
                    outgoing = talk.throw(broken)  # it knows what was being done
                else:
                    outgoing = talk.send(arrived)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    async def _receive(self) -> bytes:
        try:
            await self._writer.drain()
        except OSError:
            pass  # what the server said before it closed is still to be read, and reading tells the rest
        try:
            return await self._reader.read(CHUNK)
        except ConnectionError:
            return b""
        except OSError as error:  # no route any more, or keepalive gave up
            raise network_ended(error) from None


async def _connect(address: Address, deadline: Deadline) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        if path := address.socket_path:
            return await asyncio.wait_for(asyncio.open_unix_connection(path), deadline.seconds)
        # one address that is dead does not hold up the others
        opening = asyncio.open_connection(address.tcp_host, address.port, happy_eyeballs_delay=HEAD_START)
        reader, writer = await asyncio.wait_for(opening, deadline.seconds)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return reader, writer
    except (TimeoutError, asyncio.TimeoutError):
        raise late(f"connect to {address}", deadline) from None
    except (OSError, UnicodeError) as error:
        raise unreachable(address, _of_the_system(error)) from None


def _of_the_system(error: Exception) -> Exception:
    """The error in the system's words: asyncio's have the address in them, or several errors, one for each address."""
    found = re.findall(r"\[Errno ([0-9]+)\]", str(error))
    return OSError(int(found[-1]), os.strerror(int(found[-1]))) if found else error
