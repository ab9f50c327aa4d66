"""The program as a process of its own: what it imports, pipes that close, Ctrl-C."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import pypcp
import pypcp_cli
from pypcp.testing import FakePgpool, Fault, complete, rows

RUN = "import sys; from pypcp_cli.main import main; sys.exit(main(sys.argv[1:]))"
# As pypcp itself begins, and with the names of all modules at the end.
LISTING = """
import sys
from pypcp_cli.main import main
code = main(sys.argv[1:])
print(*sorted(sys.modules), file=sys.stderr)
sys.exit(code)
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    file = tmp_path / "pcppass"
    file.touch(0o600)
    file.write_text("*:*:*:pgadmin\n")
    # Without site, which lets an editable install import much, it has to be said where the modules are.
    places = [str(Path(module.__path__[0]).parent) for module in (pypcp, pypcp_cli, click)]
    return {**os.environ, "PCPPASSFILE": str(file), "PYPCP_USERNAME": "pgadmin", "PYTHONPATH": os.pathsep.join(places)}


@pytest.fixture
def pgpool() -> Iterator[FakePgpool]:
    row = ["1", "2026-11-23 00:29:27", *"000", "appdb", "appuser", *[""] * 4, *"000000", "Idle"]
    with FakePgpool({"L": complete("2"), "P": rows("ProcessInfo", [row] * 4000)}) as double:
        yield double


def _call(pgpool: FakePgpool, program: str, *words: str) -> list[str]:
    return [sys.executable, "-S", "-c", program, *words, "-h", pgpool.host, "-p", str(pgpool.port)]


def test_node_count_imports_nothing_that_it_does_not_need(pgpool: FakePgpool, environment: dict[str, str]) -> None:
    call = _call(pgpool, LISTING, "node-count")
    ran = subprocess.run(call, capture_output=True, text=True, env=environment, check=True)
    assert ran.stdout == "2\n"
    unwanted = {"tabulate", "psycopg", "asyncio", "dataclasses", "importlib.metadata", "json", "csv", "tomllib"}
    unwanted |= {"shlex", "subprocess", "getpass", "pypcp.records", "pypcp.config", "pypcp.membership", "pathlib"}
    assert not unwanted & set(ran.stderr.split())


def test_help_imports_neither_commands_nor_the_client(pgpool: FakePgpool, environment: dict[str, str]) -> None:
    ran = subprocess.run(
        [sys.executable, "-S", "-c", LISTING, "--help"], capture_output=True, text=True, env=environment, check=True
    )
    loaded = ran.stderr.split()
    assert not [name for name in loaded if name.startswith("pypcp_cli.commands.") or name == "pypcp.client"]


def test_a_reader_that_leaves_ends_it_quietly(pgpool: FakePgpool, environment: dict[str, str]) -> None:
    call = _call(pgpool, RUN, "proc-info", "--json")
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout and process.stderr
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_a_reader_that_left_before_the_first_word_ends_it_quietly(
    pgpool: FakePgpool, environment: dict[str, str]
) -> None:
    for command in (["proc-info", "--json"], ["node-count"]):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run(_call(pgpool, RUN, *command), stdout=writer, stderr=subprocess.PIPE, env=environment)
        os.close(writer)
        assert (done.returncode, done.stderr) == (0, b"")


def test_a_full_disk_is_an_error(pgpool: FakePgpool, environment: dict[str, str]) -> None:
    with open("/dev/full", "w") as full:
        call = _call(pgpool, RUN, "proc-info")
        ran = subprocess.run(call, stdout=full, stderr=subprocess.PIPE, text=True, env=environment, check=False)
    assert (ran.returncode, ran.stderr) == (1, "pypcp: no space left on device\n")


@pytest.mark.parametrize("fd", [1, 2])
@pytest.mark.parametrize("command", [["node-count"], ["node-info", "-n", "9"], ["status", "--no-sql"], ["nonsense"]])
def test_a_stream_that_was_closed_before_is_no_bug(
    fd: int, command: list[str], pgpool: FakePgpool, environment: dict[str, str]
) -> None:
    call = _call(pgpool, RUN, *command)
    both = subprocess.run(call, capture_output=True, text=True, env=environment, check=False)
    shell = ["sh", "-c", f'exec "$@" {fd}>&-', "sh", *call]
    ran = subprocess.run(shell, capture_output=True, text=True, env=environment, check=False)

    assert ran.returncode == both.returncode
    assert (ran.stdout, ran.stderr) == (("", both.stderr) if fd == 1 else (both.stdout, ""))


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8", "utf-16"])
def test_any_letter_can_be_told_in_any_encoding(encoding: str, pgpool: FakePgpool, environment: dict[str, str]) -> None:
    call = _call(pgpool, RUN, "node-info", "--timeout", "\u00fc\u20ac\U0001f418")
    ran = subprocess.run(
        call, capture_output=True, env={**environment, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "1"}, check=False
    )
    assert ran.returncode == 2 and "seconds" in ran.stderr.decode(encoding)
    assert b"Traceback" not in ran.stderr and b"bug" not in ran.stderr


def test_interrupted_it_says_how_things_stand(pgpool: FakePgpool, environment: dict[str, str]) -> None:
    pgpool.fault, pgpool.at = Fault.SILENCE, "I"
    call = _call(pgpool, RUN, "attach", "-n", "0")
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as process:
        end = time.monotonic() + 20
        while not pgpool.requests and time.monotonic() < end:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, "")
    assert err.strip() == "pypcp: interrupted: nothing was changed"


def _on_a_terminal(call: list[str], environment: dict[str, str], question: bytes, answer: bytes) -> tuple[int, str]:
    """The exit code and all that the terminal showed, when the question was answered so."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(call[0], call, environment)
    shown = b""
    try:
        while part := os.read(terminal, 4096):
            if question in (shown := shown + part) and answer:
                os.write(terminal, answer)
                answer = b""
    except OSError:  # so a terminal ends
        pass
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()


def test_a_password_is_asked_for_on_a_terminal_only_where_the_file_has_none(
    pgpool: FakePgpool, environment: dict[str, str]
) -> None:
    call = _call(pgpool, RUN, "proc-info", "--json", "-W")
    code, shown = _on_a_terminal(call, environment, b"Password for", b"pgadmin\n")
    assert code == 0 and "pgadmin on" in shown and shown.count("pgadmin") == 1
    code, shown = _on_a_terminal(_call(pgpool, RUN, "node-count"), environment, b"Password for", b"")
    assert (code, shown.strip()) == (0, "2")
    code, shown = _on_a_terminal(
        _call(pgpool, RUN, "node-count"), {**environment, "PCPPASSFILE": "/nonexistent"}, b"Password for", b"pgadmin\n"
    )
    assert code == 0 and shown.split()[-1] == "2"


def test_stopping_pgpool_is_asked_about(pgpool: FakePgpool, environment: dict[str, str]) -> None:
    code, shown = _on_a_terminal(_call(pgpool, RUN, "stop-pgpool"), environment, b"[y/N]", b"n\n")
    assert code == 6 and "Nothing was changed" in shown and pgpool.requests == []


def test_a_terminal_obeys_nothing_that_the_server_says(pgpool: FakePgpool, environment: dict[str, str]) -> None:
    hostile = "\x1b[2J\x1b]0;owned\x07\x9b31m"
    pgpool.answers["B"] = rows("ProcessConfig", [("port", hostile, hostile)])
    for form in ("table", "csv", "pcp", "json"):
        code, shown = _on_a_terminal(_call(pgpool, RUN, "pool-status", "--format", form), environment, b"?", b"")
        assert code == 0 and not set(shown) & {"\x1b", "\x07", "\x9b"}
