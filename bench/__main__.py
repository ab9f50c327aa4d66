"""Measures pypcp against its peers and prints a table of ratios: `./scripts/bench` or `python -m bench`.

Every peer works in a process of its own. The rounds of the peers alternate, and the best round of each counts: what
else the machine does can only make a round slower.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tabulate import tabulate

from bench import replies
from bench.server import HOST, ROWS, USERNAME, Server, running_pgpool

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PACKAGE = "pypcp==1.0.0rc1"
ROUNDS = 7
OURS, BARE, PYPI, C_TOOL = "pypcp", "bare client", "PyPI package", "C tool"
PEERS = (OURS, BARE, PYPI, C_TOOL)


@dataclass(frozen=True)
class Task:
    """What is measured: for each peer, how one round gives the seconds of one piece of work. None: it cannot."""

    title: str
    rounds: dict[str, Callable[[], float | None]]
    goal: str = ""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="pypcp-bench-") as directory, running_pgpool() as server:
        ours, packaged = _environment("ours", str(ROOT), fresh=True), _environment("pypi", PACKAGE)
        shims = Path(directory) / "shims"
        _run([str(ours / "pypcp"), "shims", str(shims)])
        tasks = _tasks(Workers(server, ours, packaged, Path(directory)), shims)
        sys.stdout.write(tabulate([_measure(task) for task in tasks], HEADER, disable_numparse=True) + "\n\n")
        sys.stdout.write(FOOTNOTE)


HEADER = ("", "pypcp", "of bare", "of PyPI", "of C tool", "goal")
FOOTNOTE = f"""\
The first column is the time of one piece of work; the others are this time divided by the peer's: under 1 is faster.
"fails": the peer cannot do it with this pgpool. Rows decoded: {ROWS}. The bare client is bench/bare_client.py.
"""


@dataclass(frozen=True)
class Workers:
    """Starts the processes that do the work."""

    server: Server
    ours: Path
    packaged: Path
    directory: Path

    def library(self, task: str, count: int, file: str = "-") -> dict[str, Callable[[], float | None]]:
        """One round of each Python peer, in a process that reports the seconds."""
        arguments = [task, HOST, str(self.server.port), USERNAME, str(self.server.passfile), file, str(count)]
        python = self.ours / "python"
        scripts = {OURS: (python, "tasks_ours.py"), BARE: (python, "tasks_bare.py")}
        scripts[PYPI] = (self.packaged / "python", "tasks_package.py")
        return {
            peer: partial(_seconds_said, [str(program), str(HERE / script), *arguments])
            for peer, (program, script) in scripts.items()
        }

    def whole(self, commands: dict[str, list[str]]) -> dict[str, Callable[[], float | None]]:
        """One round of each peer: the time from start to end of its process."""
        return {peer: partial(self._time, command) for peer, command in commands.items()}

    def _time(self, command: list[str]) -> float | None:
        environment = {**os.environ, "PCPPASSFILE": str(self.server.passfile)}
        started = time.perf_counter()
        finished = subprocess.run(command, env=environment, capture_output=True, check=False)
        return time.perf_counter() - started if finished.returncode == 0 and finished.stdout else None


def _tasks(workers: Workers, shims: Path) -> list[Task]:
    server = workers.server
    flags = ["-h", HOST, "-p", str(server.port), "-U", USERNAME]
    old_rows, new_rows = (workers.directory / name for name in ("old", "new"))
    old_rows.write_bytes(replies.process_info(replies.OLD))
    new_rows.write_bytes(replies.process_info(replies.NEW))
    ours = [str(workers.ours / "pypcp")]
    where = [HOST, str(server.port), USERNAME, str(server.passfile)]
    bare = [str(workers.ours / "python"), str(HERE / "bare_client.py"), *where]
    package = [str(workers.packaged / "python"), str(HERE / "cold_package.py"), *where]
    new = workers.library("decode", 20, str(new_rows))
    del new[PYPI]
    return [
        Task("connect, log in, node_count", workers.library("connect", 50)),
        Task("node_count on one connection", workers.library("node_count", 3000), "bare <= 1.25"),
        Task("node_info on one connection", workers.library("node_info", 100)),
        Task(
            "process_info, layout up to 4.2, from memory",
            workers.library("decode", 20, str(old_rows)),
            "bare <= 1.5, PyPI <= 0.2",
        ),
        Task("process_info, layout of 4.7, from memory", new, "bare <= 1.5"),
        Task("process_info from pgpool", workers.library("proc_info", 10)),
        Task(
            "cold `pypcp node-count`",
            workers.whole(
                {
                    OURS: [*ours, "node-count", "-w", *flags],
                    BARE: bare,
                    C_TOOL: ["pcp_node_count", "-w", *flags],
                    PYPI: package,
                }
            ),
            "bare <= 1.8, PyPI <= 1",
        ),
        Task(
            "cold `pypcp proc-info --json`",
            workers.whole(
                {
                    OURS: [*ours, "proc-info", "--json", "-w", *flags],
                    C_TOOL: ["pcp_proc_info", "-a", "-w", *flags],
                }
            ),
        ),
        Task(
            "cold drop-in `pcp_node_count`",
            workers.whole(
                {
                    OURS: [str(shims / "pcp_node_count"), "-w", *flags],
                    BARE: bare,
                    C_TOOL: ["pcp_node_count", "-w", *flags],
                }
            ),
            "bare <= 1.3",
        ),
    ]


def _measure(task: Task) -> list[str]:
    best: dict[str, float | None] = {}
    for _ in range(ROUNDS):
        for peer, work in task.rounds.items():
            spent = work()
            known = best.setdefault(peer, spent)
            best[peer] = min(known, spent) if known is not None and spent is not None else None
    ours = best[OURS]
    if ours is None:
        raise SystemExit(f"bench: pypcp itself failed at: {task.title}")
    return [task.title, f"{ours * 1000:.2f} ms", *(_ratio(ours, best, peer) for peer in PEERS[1:]), task.goal]


def _ratio(ours: float, best: dict[str, float | None], peer: str) -> str:
    if peer not in best:
        return ""
    theirs = best[peer]
    return "fails" if theirs is None else f"{ours / theirs:.2f}"


def _seconds_said(command: list[str]) -> float | None:
    finished = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
    return float(finished.stdout) if finished.returncode == 0 else None


def _environment(name: str, requirement: str, fresh: bool = False) -> Path:
    """Where the programs of an environment of its own are. pypcp's is made anew each time, and not editable: an
    editable install looks for its modules in another way at each start."""
    where = ROOT / ".venv-bench" / name
    if not (where / "bin" / "pip").exists():
        venv.create(where, with_pip=True, clear=True)
    if fresh or not (where / "installed").exists():
        pip = [str(where / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
        _run(
            [*pip, "--force-reinstall", "--no-deps", requirement]
            if (where / "installed").exists()
            else [*pip, requirement]
        )
        (where / "installed").touch()
    return where / "bin"


def _run(command: list[str]) -> None:
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode:
        raise SystemExit(f"bench: {' '.join(command)} failed:\n{finished.stderr}")


main()
