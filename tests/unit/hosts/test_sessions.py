"""Sessions that run one script after the other, by a client of ssh's that runs all commands on this machine."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pypcp.errors import ConnectionFailed, DeadlinePassed
from pypcp.hosts import sessions
from pypcp.hosts.shell import NO_SUCH_PATH
from pypcp.hosts.ssh import SshHost

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=9)
SESSION = 'cut -d" " -f4 "/proc/$PPID/stat"'  # its pid: a script runs in a part of a pipe
# The command is its last argument. A login script may print something before.
CLIENT = """#!/bin/sh
echo call >>"$0.calls"
for command; do :; done
case $command in ser) exit 0;; esac
echo "Welcome"
exec sh -c "$command"
"""


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SshHost]:
    client = tmp_path / "ssh"
    client.write_text(CLIENT)
    client.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    host = SshHost("ser")
    host.run(":")
    yield host
    host.close()


def calls(tmp_path: Path) -> int:
    return len((tmp_path / "ssh.calls").read_text().splitlines())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(
    st.binary(max_size=300_000), st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=9))
)
def test_what_goes_in_and_comes_out_is_unchanged(host: SshHost, stdin: bytes, args: list[str]) -> None:
    done = host.run('cat; printf "<%s>" "$@" >&2; exit 7', args, stdin=stdin)
    assert (done.exit, done.stdout) == (7, stdin)
    assert done.stderr == "".join(f"<{each}>" for each in args or [""]).encode()


def test_one_session_serves_all_that_come_one_after_the_other(host: SshHost, tmp_path: Path) -> None:
    pids = {host.run(SESSION, owner_of="/").stdout for _ in range(5)}
    assert len(pids) == 1 and calls(tmp_path) == 2
    assert host.run('echo "$LC_ALL,$PGHOST"').stdout == b"C,\n"
    assert calls(tmp_path) == 3  # of nobody in particular
    owner = host.run("id -un", owner_of="/").stdout.decode().strip()
    assert host.run("echo on", as_user=owner).stdout == b"on\n" and calls(tmp_path) == 3


def test_at_once_each_has_its_own(host: SshHost) -> None:
    meet = 'echo >"$1/$2"; while [ ! -e "$1/1" ] || [ ! -e "$1/2" ]; do sleep 0.01; done'
    place = host.run("mktemp -d").stdout.decode().strip()
    both = [threading.Thread(target=host.run, args=(meet, [place, number])) for number in "12"]
    for each in both:
        each.start()
    for each in both:
        each.join(20)
        assert not each.is_alive()


def test_what_a_script_does_not_read_or_leaves_open_disturbs_nobody(host: SshHost) -> None:
    assert host.run("exit 3", stdin=b"x" * 200_000).exit == 3
    assert host.run("sleep 5 & echo ready", timeout=3).stdout == b"ready\n"
    assert host.run("cat", stdin=b"run 1 1\n").stdout == b"run 1 1\n"


def test_what_a_script_has_left_behind_writes_into_no_answer(host: SshHost) -> None:
    assert host.run("while sleep 0.001; do echo noise; echo noise >&2; done & echo $!").exit == 0
    for number in range(20):
        done = host.run("echo $1", [str(number)])
        assert (done.exit, done.stdout, done.stderr) == (0, f"{number}\n".encode(), b"")
    assert host.run("pkill -f 'echo nois[e]'").exit == 0


def test_a_script_that_takes_too_long_is_left_and_the_next_has_a_new_session(host: SshHost) -> None:
    with pytest.raises(DeadlinePassed):
        host.run("sleep 30", timeout=0.3)
    assert host.run("echo on").stdout == b"on\n"


def test_a_session_that_dies_is_told_and_replaced(host: SshHost) -> None:
    with pytest.raises(ConnectionFailed, match="reach ser by ssh"):
        host.run(f"kill -9 $({SESSION}) $PPID; echo lost")
    pid = int(host.run(SESSION).stdout)
    os.kill(pid, signal.SIGKILL)
    host.run("true", owner_of="/")
    assert host.run("echo on").stdout == b"on\n"


def test_where_a_session_never_gets_ready_scripts_run_without(
    host: SshHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "PATIENCE", 0.5)
    client = tmp_path / "ssh"
    client.write_text(client.read_text().replace("esac\n", '*"is served"*) exec sleep 60;; esac\n', 1))
    before = calls(tmp_path)
    assert [host.run("echo $1", [word]).stdout for word in "ab"] == [b"Welcome\na\n", b"Welcome\nb\n"]
    assert calls(tmp_path) == before + 3


def test_a_path_that_is_not_there_has_no_owner(host: SshHost) -> None:
    done = host.run("true", owner_of="/nowhere at all")
    assert done.exit == NO_SUCH_PATH and b"no such file" in done.stderr
