"""The README's first command, as a newcomer runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = [pytest.mark.lab, pytest.mark.timeout(180)]

DEMO = Path(__file__).parents[2] / "scripts" / "demo"


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [DEMO, *arguments],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def places(demo: subprocess.Popen[str]) -> list[Path]:
    """The directories that the demo made for its cluster: one."""
    return list(Path("/tmp").glob(f"pypcp-demo.{demo.pid}.*"))


def running_from(place: str) -> list[str]:
    """The processes that were started with, or work in, that directory."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if place in os.readlink(process / "cwd") or place.encode() in (process / "cmdline").read_bytes():
                found.append(process.name)
        except OSError:
            continue
    return found


def test_both_acts_end_with_the_same_rows_on_both_nodes() -> None:
    with start("rewind") as demo:
        said, _ = demo.communicate()
    assert demo.returncode == 0, said
    rows = "1|before the failure\n2|while node 0 was down\n3|after the rejoin\n"
    assert f"both have:\n{rows}$" in said
    assert f"both have:\n{rows}5|while node 1 was down\n6|after the second rejoin\n$" in said
    assert "never left node 1'" in said and "|never left node 1" not in said
    place = f"/tmp/pypcp-demo.{demo.pid}."
    assert place in said
    assert not places(demo) and not running_from(place)


def test_an_interrupted_demo_leaves_nothing_behind(eventually: Callable[..., None]) -> None:
    with start() as demo:
        assert demo.stdout
        for line in demo.stdout:
            if line.startswith("Starting pgpool"):
                break
        (place,) = places(demo)
        assert running_from(str(place))
        time.sleep(0.2)  # somewhere in what follows
        os.killpg(demo.pid, signal.SIGINT)
        demo.communicate()
    assert demo.returncode == 130
    eventually(lambda: not place.exists() and not running_from(str(place)))
