"""Both clients: the same names, and the rules about connections."""

from __future__ import annotations

import asyncio
import errno
import inspect
import pickle
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

import pypcp
from pypcp.aio import AsyncClient
from pypcp.client import Client
from pypcp.commands.node_count import node_count
from pypcp.methods import command_names
from pypcp.testing import PASSWORD, USERNAME, Answer, FakePgpool, complete, refusal
from pypcp.timing import Deadline

ANSWERS: dict[str, Answer] = {"L": complete("2"), "C": complete(), "N": complete("2", "11", "12"), "A": complete()}


def connected(pgpool: FakePgpool, **options: Any) -> Client:
    return pypcp.connect(pgpool.host, pgpool.port, USERNAME, PASSWORD, **options)


def awaited(pgpool: FakePgpool, **options: Any) -> pypcp.aio.connect:
    return pypcp.aio.connect(pgpool.host, pgpool.port, USERNAME, PASSWORD, **options)


def letters(pgpool: FakePgpool) -> str:
    return b"".join(request.kind for request in pgpool.requests).decode()


def test_every_command_is_a_method_of_both_clients_and_known_to_type_checkers() -> None:
    with FakePgpool() as pgpool:
        client = connected(pgpool)
        source = (Path(pypcp.__file__).parent / "methods.py").read_text()
        for name in command_names():
            assert getattr(client, name).__doc__
            assert f"        {name} = Method({name})\n" in source
        assert set(command_names()) <= set(dir(client))
        client.close()


def test_both_clients_have_the_same_signatures() -> None:
    def public(kind: type) -> dict[str, list[str]]:
        members = inspect.getmembers(kind, inspect.isfunction)
        return {name: list(inspect.signature(member).parameters) for name, member in members if name[0] != "_"}

    assert public(Client) == public(AsyncClient)
    own = list(inspect.signature(pypcp.aio.connect.__init__).parameters)
    assert list(inspect.signature(pypcp.connect).parameters) == own[1:]


def test_a_command_that_does_not_exist_is_an_attribute_that_does_not() -> None:
    with FakePgpool() as pgpool, connected(pgpool) as pcp:
        with pytest.raises(AttributeError, match="node_count"):
            _ = pcp.node_counts  # type: ignore[attr-defined]


def test_outside_with_a_connection_lives_for_one_command() -> None:
    with FakePgpool(ANSWERS) as pgpool:
        pcp = connected(pgpool)
        assert (pcp.node_count(), pcp.node_count(), pgpool.connections) == (2, 2, 2)
        eventually(lambda: pgpool.open_connections == 0)


def test_inside_with_a_burst_shares_one_connection() -> None:
    with FakePgpool(ANSWERS) as pgpool:
        with connected(pgpool) as pcp:
            assert [pcp.node_count(), pcp.proc_count(), pgpool.connections] == [2, [11, 12], 1]
        eventually(lambda: pgpool.open_connections == 0)


def test_a_change_gets_a_connection_of_its_own() -> None:
    with FakePgpool(ANSWERS) as pgpool, connected(pgpool) as pcp:
        pcp.node_count()
        pcp.attach(1)
        assert pgpool.connections == 2
        eventually(lambda: pgpool.open_connections == 0)
        pcp.node_count()
        assert (pgpool.connections, letters(pgpool)) == (3, "LCL")


def test_a_change_right_after_connecting_uses_that_connection() -> None:
    with FakePgpool(ANSWERS) as pgpool:
        connected(pgpool).attach(1)
        assert pgpool.connections == 1


def test_a_refusal_keeps_the_burst_unless_it_is_fatal() -> None:
    answers: dict[str, Answer] = {**ANSWERS, "N": refusal("no processes"), "P": refusal("ended", severity="FATAL")}
    with FakePgpool(answers) as pgpool, connected(pgpool) as pcp:
        with pytest.raises(pypcp.ServerRefused, match="no processes"):
            pcp.proc_count()
        assert (pcp.node_count(), pgpool.connections) == (2, 1)
        with pytest.raises(pypcp.ServerRefused, match="ended"):
            pcp.proc_info()
        assert (pcp.node_count(), pgpool.connections) == (2, 2)


def test_the_asyncio_client_keeps_the_same_rules() -> None:
    async def story(pgpool: FakePgpool) -> None:
        async with awaited(pgpool) as pcp:
            assert list(await asyncio.gather(pcp.node_count(), pcp.node_count())) == [2, 2]
            assert pgpool.connections == 1
            await pcp.attach(1)
            assert pgpool.connections == 2
        pcp = await awaited(pgpool)
        assert (await pcp.node_count(), await pcp.node_count(), pgpool.connections) == (2, 2, 4)
        with pytest.raises(pypcp.ServerRefused):
            await pcp.reload_config()

    with FakePgpool(ANSWERS) as pgpool:
        asyncio.run(story(pgpool))
        eventually(lambda: pgpool.open_connections == 0)


def test_a_cancelled_command_closes_its_connection() -> None:
    async def story(pgpool: FakePgpool) -> None:
        async with awaited(pgpool) as pcp:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(pcp.node_count(), 0.1)

    from pypcp.testing import Fault

    with FakePgpool(ANSWERS, fault=Fault.SILENCE) as pgpool:
        asyncio.run(story(pgpool))
        eventually(lambda: pgpool.open_connections == 0)


@pytest.mark.parametrize("host", ["::1", "127.0.0.1"])
def test_both_families_of_addresses(host: str) -> None:
    with FakePgpool(ANSWERS, host=host) as pgpool:
        assert connected(pgpool).node_count() == 2
        assert asyncio.run(count(awaited(pgpool))) == 2


def test_a_unix_socket(tmp_path: Path) -> None:
    with FakePgpool(ANSWERS, directory=str(tmp_path)) as pgpool:
        assert connected(pgpool).node_count() == 2
        assert asyncio.run(count(awaited(pgpool))) == 2


async def count(connecting: Awaitable[AsyncClient]) -> int:
    return await (await connecting).node_count()


def test_a_wrong_password_says_where_it_is_from(tmp_path: Path) -> None:
    passfile = tmp_path / "pcppass"
    with FakePgpool() as pgpool:
        passfile.write_text(f"{pgpool.host}:*:{USERNAME}:not-this-one\n")
        passfile.chmod(0o600)
        with pytest.raises(pypcp.AuthenticationFailed) as caught:
            pypcp.connect(pgpool.host, pgpool.port, USERNAME, passfile=str(passfile))
        assert f"{passfile} line 1" in str(caught.value) and "not-this-one" not in str(caught.value)
        with pytest.raises(pypcp.AuthenticationFailed, match="has no line for"):
            pypcp.connect(pgpool.host, pgpool.port, "nosuchuser", passfile=str(passfile))
        assert pgpool.connections == 1


def test_a_refused_connection_and_an_unknown_host() -> None:
    with FakePgpool() as pgpool:
        port = pgpool.port
    with pytest.raises(pypcp.ConnectionFailed, match=f"127.0.0.1:{port}: connection refused\n"):
        pypcp.connect("127.0.0.1", port, USERNAME, PASSWORD)
    with pytest.raises(pypcp.ConnectionFailed, match=f"127.0.0.1:{port}: connection refused\n"):
        asyncio.run(count(pypcp.aio.connect("127.0.0.1", port, USERNAME, PASSWORD)))
    for host in ("no-such-host.invalid", "a..b", "x" * 70, "/no/such/directory"):
        with pytest.raises(pypcp.ConnectionFailed):
            pypcp.connect(host, port, USERNAME, PASSWORD)
        with pytest.raises(pypcp.ConnectionFailed):
            asyncio.run(count(pypcp.aio.connect(host, port, USERNAME, PASSWORD)))


@pytest.mark.parametrize("options", [{"timeout": 0}, {"connect_timeout": -1}, {"port": 0}, {"port": 70000}])
def test_what_cannot_be_is_wrong_usage(options: dict[str, Any]) -> None:
    with FakePgpool(ANSWERS) as pgpool, pytest.raises(pypcp.WrongUsage):
        arguments = {"host": pgpool.host, "port": pgpool.port, **options}
        pypcp.connect(**arguments, username=USERNAME, password=PASSWORD).node_count()


def test_the_trace_has_every_frame_and_no_password() -> None:
    seen = []
    with FakePgpool(ANSWERS) as pgpool, connected(pgpool, trace=lambda *frame: seen.append(frame)) as pcp:
        pcp.node_count()
    assert [(way, frame.kind, frame.length) for way, frame in seen] == [
        ("send", b"M", 4),
        ("recv", b"m", 8),
        ("send", b"R", 4 + len(USERNAME) + 34),
        ("recv", b"r", 21),
        ("send", b"L", 4),
        ("recv", b"l", 22),
        ("send", b"X", 4),
    ]


def test_errors_survive_copying() -> None:
    for error in (
        pypcp.ServerRefused("attach node 9", "ERROR", "no", "detail", "hint"),
        pypcp.DeadlinePassed("wait", "nothing", "wait longer"),
        pypcp.MalformedReply("read", "what"),
    ):
        again = pickle.loads(pickle.dumps(error))
        assert (str(again), vars(again)) == (str(error), vars(error))


def test_asking_for_a_number_imports_no_more_than_it_needs() -> None:
    program = (
        "import sys, pypcp\n"
        "pypcp.connect(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]).node_count()\n"
        "heavy = {'typing', 'dataclasses', 'inspect', 'asyncio', 'json', 'logging', 'threading', 'tempfile', 're'}\n"
        "print(*sorted(heavy & set(sys.modules)), *[m for m in sys.modules if m in ('pypcp.records', 'pypcp.aio')])\n"
    )
    with FakePgpool(ANSWERS) as pgpool:
        command = [sys.executable, "-S", "-c", program, pgpool.host, str(pgpool.port), USERNAME, PASSWORD]
        root = Path(pypcp.__file__).parents[1]
        shown = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert shown.stdout.split() == []


def eventually(check: Callable[[], bool], within: float = 5.0) -> None:
    import time

    end = time.monotonic() + within
    while not check():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.01)


def test_what_takes_long_is_given_long_unless_somebody_chose() -> None:
    from pypcp.commands.detach import detach
    from pypcp.commands.recover import recover

    assert recover(1).timeout == 24 * 3600
    assert (detach(1).timeout, detach(1, gracefully=True).timeout) == (None, 180)
    answers: dict[str, Answer] = {"O": lambda request: time.sleep(1) or complete()}  # type: ignore[func-returns-value]
    with FakePgpool(answers) as pgpool:
        with pytest.raises(pypcp.DeadlinePassed):
            connected(pgpool, timeout=0.2).recover(1)
        connected(pgpool).recover(1)


def test_a_network_that_ends_is_a_broken_connection() -> None:
    for error in (OSError(errno.EHOSTUNREACH, "No route to host"), OSError(errno.ETIMEDOUT, "Connection timed out")):
        with FakePgpool(ANSWERS) as pgpool, connected(pgpool) as pcp:
            pcp.node_count()
            assert pcp._connection
            broken = Unplugged(pcp._connection._sock, error)
            pcp._connection._sock = broken  # type: ignore[assignment]
            with pytest.raises(pypcp.ConnectionBroken, match=f"(?i){error.strerror}"):
                pcp._connection.carry(node_count(), Deadline(5.0))


class Unplugged:
    """A socket behind which the network has ended."""

    def __init__(self, sock: socket.socket, error: OSError) -> None:
        self._sock, self._error = sock, error

    def recv(self, _: int) -> bytes:
        raise self._error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


def test_a_name_that_is_looked_up_for_ever_costs_no_more_than_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr("pypcp.client.socket.getaddrinfo", lambda *_, **__: released.wait(30))
    began = time.monotonic()
    with pytest.raises(pypcp.DeadlinePassed, match="look up the name"):
        pypcp.connect("bak.bigdata.wh.com", username=USERNAME, password=PASSWORD, connect_timeout=0.2)
    assert time.monotonic() - began < 5
    released.set()


def test_what_a_server_says_does_nothing_to_a_terminal() -> None:
    with FakePgpool({"L": refusal("one\n\x1b[2Jtwo", "three\u202efour")}) as pgpool:
        with pytest.raises(pypcp.ServerRefused) as caught:
            connected(pgpool).node_count()
    assert "one \\x1b[2Jtwo" in str(caught.value) and "three\\u202efour" in str(caught.value)
    assert caught.value.message == "one\n\x1b[2Jtwo"


def test_a_port_that_closes_at_the_login_is_doubted() -> None:
    from pypcp.testing import Fault

    with FakePgpool(fault=Fault.CLOSE, at="M") as pgpool, pytest.raises(pypcp.ConnectionBroken, match="PCP port"):
        connected(pgpool)
