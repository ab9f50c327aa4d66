"""The command ``pypcp`` as a process, on the lab of the test."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from pypcp.lab.layout import LabNode

PROGRAM = str(Path(sys.executable).with_name("pypcp"))
Sql = Callable[[LabNode, str], str]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """It runs and ends, however it ends."""
    return subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=150)


def pypcp(*words: str) -> subprocess.CompletedProcess[str]:
    """The same on the cluster of the lab."""
    return run(*words, "--cluster", "lab")


def reasons(*words: str) -> set[str]:
    """It refuses, with ``--json`` among the words; the codes of its reasons."""
    done = pypcp(*words)
    assert done.returncode == 6, done.stdout + done.stderr
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["result"] == "refused"
    return {reason["code"] for reason in last["reasons"]}
