"""A rejoin that is killed somewhere: the next one finishes it, and no acknowledged commit is missing."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator

import pytest

from tests.conftest import KILLED
from tests.hosts.checks import pypcp
from tests.hosts.conftest import PAIR
from tests.hosts.lab.postgres import Template
from tests.hosts.lab.waiting import eventually
from tests.hosts.stand import Stand, Stands

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(120)]

START = ("configure", "start", "follow", "attach")
REWIND = ("save", "checkpoint", "rewind", "restore", *START, "close")
CRASHED = ("save", "recover", *REWIND[1:])
SEED = int(os.environ.get("PYPCP_KILL_SEED", "20"))


@pytest.fixture(scope="module")
def stands(template: Template) -> Iterator[Stands]:
    ready = Stands(template)
    yield ready
    ready.close()


@pytest.fixture
def stand(stands: Stands, how: str, request: pytest.FixtureRequest) -> Iterator[Stand]:
    stand = stands.get(how)
    request.node.stash[PAIR] = stand.pair
    before = stand.killed
    yield stand
    request.node.add_report_section("teardown", "of the last rejoin", stand.end_run())
    request.node.user_properties.append((KILLED, stand.killed - before))


@pytest.mark.parametrize(
    ("how", "step", "event"),
    [
        *(("clean", step, "done") for step in START),
        *(("stop", step, "done") for step in REWIND),
        ("kill", "", "plan"),
        *(("kill", step, event) for step in CRASHED for event in ("started", "done")),
    ],
)
def test_killed_at_the_border_of_a_step(stand: Stand, step: str, event: str) -> None:
    may_end = step in ("attach", "close") and event == "done"  # by itself: with "clean" the attach is its last step
    code, _ = stand.signalled_at(step, event, signal.SIGKILL, tries=1 if may_end else 5)
    assert code == 137 or may_end and code == 0
    assert not stand.pair.postgres[stand.pair.ser].is_primary()

    stand.converge()


MOMENTS = [round(random.Random(f"{SEED} {number}").uniform(0.1, 1.0), 3) for number in range(18)]


@pytest.mark.parametrize(
    ("how", "share"),
    [*(("kill", share) for share in MOMENTS[6:]), *(("stop", share) for share in MOMENTS[:6])],
)
def test_killed_at_any_moment(stand: Stand, share: float) -> None:
    """``share`` of the time that a rejoin takes has passed then; when it was over already, less of it."""
    while stand.begin_and_kill(share):
        stand.reset()
        share *= 0.9
    assert not stand.pair.postgres[stand.pair.ser].is_primary()

    stand.converge()


@pytest.mark.parametrize("how", ["kill"])
def test_killed_again_and_again(stand: Stand) -> None:
    """Each run is killed later than the one before, so that each begins from what several have left."""
    for share in (0.3, 0.45, 0.6, 0.75, 0.9):
        stand.begin_and_kill(share)

    stand.converge()


@pytest.mark.parametrize(("how", "program"), [("kill", "ssh"), ("kill", "sshd"), ("kill", "pg_rewind")])
@pytest.mark.parametrize("delay", [0.0, 0.05, 0.1])
def test_a_program_of_the_rewind_is_killed(stand: Stand, program: str, delay: float) -> None:
    host = stand.pair.adm if program == "ssh" else stand.pair.ser
    run = stand.begin()
    run.follow("rewind", "started")
    time.sleep(delay)
    listening = host.path("/run/sshd.pid").read_text().strip()  # it stays, what it has begun for us is killed
    whose = ["--parent", listening] if program == "sshd" else []
    host.run(["pkill", "-KILL", *whose, "--exact", program], check=False)
    code, out = run.output()
    assert code in (0, 1, 3) and "Traceback" not in out
    assert not stand.pair.postgres[stand.pair.ser].is_primary()

    stand.converge()


@pytest.mark.parametrize("how", ["kill"])
@pytest.mark.parametrize("step", ["save", "rewind", "restore", "start"])
def test_the_node_loses_power(stand: Stand, step: str) -> None:
    pair = stand.pair
    run = stand.begin()
    run.follow(step, "started")
    pair.ser.power_off()
    run.send(signal.SIGINT)
    code, out = run.output()
    assert "Traceback" not in out
    assert code != 0 or run.has_come_to("attach", "done")  # a short step, and all after it, may have ended before
    pair.boot(pair.ser)

    stand.converge()


@pytest.mark.parametrize("how", ["kill"])
def test_the_server_is_killed_right_after_its_start(stand: Stand) -> None:
    run = stand.begin()
    run.follow("start", "done")
    stand.pair.postgres[stand.pair.ser].kill()
    code, out = run.output()
    assert "Traceback" not in out
    assert (code == 1 and "the server has ended" in out) or run.has_come_to("follow", "done")

    stand.converge()


@pytest.mark.parametrize("how", ["kill"])
@pytest.mark.parametrize(
    ("step", "event"), [("save", "started"), ("rewind", "started"), ("rewind", "done"), ("start", "done")]
)
def test_the_primary_is_killed(stand: Stand, step: str, event: str) -> None:
    """There is no other to take over: it is started again. A rejoin that waits for it goes on, else the next does."""
    primary = stand.pair.postgres[stand.pair.bak]
    run = stand.begin()
    run.follow(step, event)
    primary.kill()
    assert not stand.pair.postgres[stand.pair.ser].is_primary()

    primary.start()
    eventually(lambda: pypcp(stand.pair.adm, "attach", "-n", "1").returncode == 0, 60, "the primary in service again")
    code, out = run.output()
    assert code in (0, 1, 3, 5, 6) and "Traceback" not in out
    stand.converge()


@pytest.mark.parametrize("how", ["kill"])
@pytest.mark.parametrize(("step", "here"), [("save", "bak"), ("rewind", "ser"), ("follow", "bak")])
def test_the_network_goes_away(stand: Stand, step: str, here: str) -> None:
    """And comes back; meanwhile the rejoin was killed, and is finished from another host."""
    run = stand.begin()
    run.follow(step, "started")
    stand.pair.cut(stand.pair.adm, stand.pair.ser)
    time.sleep(1)
    run.kill()
    run.output()
    stand.pair.heal(stand.pair.adm, stand.pair.ser)
    assert not stand.pair.postgres[stand.pair.ser].is_primary()

    stand.converge(getattr(stand.pair, here))


@pytest.mark.parametrize("how", ["stop"])
@pytest.mark.parametrize(
    ("number", "step"), [(signal.SIGINT, "save"), (signal.SIGTERM, "rewind"), (signal.SIGHUP, "start")]
)
def test_told_to_end(stand: Stand, number: signal.Signals, step: str) -> None:
    """It says how things stand, and leaves no connection behind."""
    code, out = stand.signalled_at(step, "started", number)
    assert code == 130 and "interrupted" in out and "the same command run again goes on from there" in out
    assert stand.pair.adm.run(["sh", "-c", "ls -d /tmp/pypcp-* 2>/dev/null; :"]).stdout == ""

    stand.converge()
