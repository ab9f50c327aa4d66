"""A rejoin that is killed somewhere: the next one finishes it, and no acknowledged commit is missing."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Iterator

import pytest

from tests.hosts.checks import pypcp
from tests.hosts.lab.host import Program
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
def stand(stands: Stands, how: str) -> Stand:
    return stands.get(how)


def follow(run: Program, step: str, event: str) -> None:
    """Read what a rejoin tells until this event of this step."""
    assert run.popen.stdout
    for line in run.popen.stdout:
        told = json.loads(line) if line.startswith("{") else {}
        if (told.get("step", ""), told.get("event")) == (step, event):
            return
    raise AssertionError(f"the rejoin never came to {event} {step}")


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
    run = stand.begin()
    follow(run, step, event)
    run.kill()
    may_end = step in ("attach", "close") and event == "done"  # by itself: with "clean" the attach is its last step
    assert run.output()[0] == 137 or may_end
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


@pytest.mark.parametrize(("how", "program"), [("kill", "ssh"), ("kill", "pg_rewind")])
@pytest.mark.parametrize("delay", [0.0, 0.05, 0.1])
def test_a_program_of_the_rewind_is_killed(stand: Stand, program: str, delay: float) -> None:
    host = stand.pair.adm if program == "ssh" else stand.pair.ser
    run = stand.begin()
    follow(run, "rewind", "started")
    time.sleep(delay)
    host.run(["pkill", "-KILL", "--exact", program], check=False)
    code, out, _ = run.output()
    assert code in (0, 1, 3) and "Traceback" not in out
    assert not stand.pair.postgres[stand.pair.ser].is_primary()

    stand.converge()


@pytest.mark.parametrize("how", ["kill"])
@pytest.mark.parametrize("step", ["save", "rewind", "restore", "start"])
def test_the_node_loses_power(stand: Stand, step: str) -> None:
    pair = stand.pair
    run = stand.begin()
    follow(run, step, "started")
    pair.ser.power_off()
    run.send(signal.SIGINT)
    code, out, _ = run.output()
    assert code != 0 and "Traceback" not in out
    pair.boot(pair.ser)

    stand.converge()


@pytest.mark.parametrize("how", ["kill"])
@pytest.mark.parametrize(
    ("step", "event"), [("save", "started"), ("rewind", "started"), ("rewind", "done"), ("start", "done")]
)
def test_the_primary_is_killed(stand: Stand, step: str, event: str) -> None:
    """There is no other to take over: it is started again. A rejoin that waits for it goes on, else the next does."""
    primary = stand.pair.postgres[stand.pair.bak]
    run = stand.begin()
    follow(run, step, event)
    primary.kill()
    assert not stand.pair.postgres[stand.pair.ser].is_primary()

    primary.start()
    eventually(lambda: pypcp(stand.pair.adm, "attach", "-n", "1").returncode == 0, 60, "the primary in service again")
    code, out, _ = run.output()
    assert code in (0, 1, 3, 5, 6) and "Traceback" not in out
    stand.converge()


@pytest.mark.parametrize("how", ["kill"])
@pytest.mark.parametrize(("step", "here"), [("save", "bak"), ("rewind", "ser"), ("follow", "bak")])
def test_the_network_goes_away(stand: Stand, step: str, here: str) -> None:
    """And comes back; meanwhile the rejoin was killed, and is finished from another host."""
    run = stand.begin()
    follow(run, step, "started")
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
    run = stand.begin()
    follow(run, step, "started")
    run.send(number)
    code, out, _ = run.output()
    assert code == 130 and "interrupted" in out and "the same command run again goes on from there" in out
    assert stand.pair.adm.run(["sh", "-c", "ls -d /tmp/pypcp-* 2>/dev/null; :"]).stdout == ""

    stand.converge()
