"""One rejoin of a node at a time, and a step that outlives its rejoin still counts as one."""

from __future__ import annotations

import dataclasses
import getpass
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pypcp.errors import ConnectionBroken, DeadlinePassed, RefusedForSafety
from pypcp.hosts.local import LocalHost
from pypcp.postgres import scripts
from pypcp.postgres.instance import Instance
from pypcp.rejoin.lock import held
from tests.unit.rejoin import worlds as w

HERE = LocalHost()
A_KILLED_RUN = """
import sys
from pathlib import Path
from tests.unit.rejoin.test_lock import HERE, held, target_in
with held(HERE, target_in(Path(sys.argv[1]))) as lock:
    lock.run('echo >"$1"; while [ -f "$1" ]; do sleep 0.02; done; echo done >"$2"', sys.argv[2:])
"""


def target_in(directory: Path) -> Instance:
    """A stopped instance, as it is found there."""
    data = directory / "data"
    (data / "global").mkdir(parents=True, exist_ok=True)
    (data / "global" / "pg_control").touch()
    asked = HERE.run(f"dir=$1\n{scripts.text('fingerprint')}fingerprint", [str(data)])
    return dataclasses.replace(
        w.TARGET,
        data_directory=str(data),
        owner=getpass.getuser(),
        journal=dataclasses.replace(w.TARGET.journal, directory=str(directory / "state")),
        fingerprint=asked.stdout.decode().strip(),
    )


def test_a_second_rejoin_is_told_of_the_first(tmp_path: Path) -> None:
    target = target_in(tmp_path)
    with held(HERE, target) as lock:
        with (
            pytest.raises(RefusedForSafety, match=rf"another one is at it: .*process {os.getpid()}\)"),
            held(HERE, target),
        ):
            pytest.fail("two held it")
        assert lock.run("true").exit == 0
    with held(HERE, target):
        pass


def test_a_step_says_what_it_would_say_alone(tmp_path: Path) -> None:
    words = ["", " two words", "$(exit 3)", "it's\n"]
    with held(HERE, target_in(tmp_path)) as lock:
        done = lock.run('cat; printf "<%s>" "$@"; echo no >&2; exit 7', words, stdin=b"a\nb\n")
        assert (done.exit, done.stdout, done.stderr) == (
            7,
            b"a\nb\n" + "".join(f"<{w}>" for w in words).encode(),
            b"no\n",
        )
        assert lock.run("cat").stdout == b""


@pytest.mark.parametrize("change", ["its server has run", "its server runs"])
def test_nothing_is_done_to_what_has_changed_since_it_was_looked_at(tmp_path: Path, change: str) -> None:
    target = target_in(tmp_path)
    data = Path(target.data_directory)
    with subprocess.Popen(["sleep", "60"], cwd=data) as postmaster:
        if change == "its server runs":
            (data / "postmaster.pid").write_text(f"{postmaster.pid}\n")
        else:
            (data / "global" / "pg_control").write_text("in production")
        with pytest.raises(RefusedForSafety, match="since it was looked at"), held(HERE, target):
            pytest.fail("it was begun")
        postmaster.kill()


def test_a_step_of_a_killed_rejoin_keeps_the_lock(tmp_path: Path) -> None:
    target = target_in(tmp_path)
    works, done = tmp_path / "works", tmp_path / "done"
    with subprocess.Popen([sys.executable, "-c", A_KILLED_RUN, tmp_path, works, done]) as run:
        wait_for(works)
        run.send_signal(signal.SIGKILL)

    with pytest.raises(RefusedForSafety, match="another one is at it"), held(HERE, target):
        pytest.fail("two held it")
    assert not done.exists()
    works.unlink()
    with held(HERE, target):
        assert done.exists()


def test_a_step_that_takes_too_long_is_an_error_of_its_own(tmp_path: Path) -> None:
    with held(HERE, target_in(tmp_path)) as lock:
        with pytest.raises(DeadlinePassed):
            lock.run("sleep 2", timeout=0.1)
        with pytest.raises(ConnectionBroken):
            lock.run("true")


def wait_for(path: Path) -> None:
    end = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_where_no_lock_can_be_written_nothing_is_begun(tmp_path: Path) -> None:
    target = target_in(tmp_path)
    (tmp_path / "state" / "lock").mkdir(parents=True)
    with pytest.raises(RefusedForSafety, match=r"cannot write .*state/lock") as refused, held(HERE, target):
        pytest.fail("it was held")
    assert str(tmp_path / "state") in refused.value.do
