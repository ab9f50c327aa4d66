"""Two hundred clusters, looked at by one process: `python -m bench.many [SECONDS]`.

Doubles of pgpool answer as a recorded one did, each after a time of its own, the slowest after SECONDS (3). Printed is
how long `pypcp status --all` and a scrape of `pypcp exporter --all` take, as a ratio to the slowest double.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from pypcp.testing import PASSWORD, USERNAME, FakePgpool, recorded

ROOT = Path(__file__).resolve().parent.parent
TRANSCRIPT = ROOT / "tests" / "fixtures" / "transcripts" / "pgpool-4.7.json"
ASKED = (
    "node_info_all",
    "pool_status",
    "proc_info_all",
    "watchdog_info_disabled",
    "node_count",
    "health_check_stats_0",
)
PROCESSES, EACH = 4, 50
GOAL = 1.5


def main() -> None:
    slowest = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    with tempfile.TemporaryDirectory(prefix="pypcp-bench-") as directory:
        servers = [_doubles(number, slowest) for number in range(PROCESSES)]
        try:
            _measure(Path(directory), "".join(_until_ready(server) for server in servers), slowest)
        finally:
            for server in servers:
                server.kill()


def _measure(directory: Path, config: str, slowest: float) -> None:
    passfile = directory / "pcppass"
    passfile.touch(0o600)
    passfile.write_text(f"*:*:{USERNAME}:{PASSWORD}\n")
    (directory / "config.toml").write_text(config.replace("PASSFILE", str(passfile)))
    environment = {**os.environ, "PYPCP_CONFIG": str(directory / "config.toml")}
    environment.pop("PYPCP_CLUSTER", None)
    pypcp = str(Path(sys.executable).with_name("pypcp"))
    began = time.monotonic()
    told = subprocess.run(
        [pypcp, "status", "--all", "--no-sql", "--json"], env=environment, capture_output=True, check=False
    )
    took = time.monotonic() - began
    seen = sum(bool(cluster["nodes"]) for cluster in json.loads(told.stdout)["clusters"])
    _say("status --all", seen, took, slowest)
    exporter = [pypcp, "exporter", "--all", "--no-sql", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(exporter, env=environment, stderr=subprocess.PIPE, text=True) as serving:
        assert serving.stderr
        address = serving.stderr.readline().split()[-1]
        began = time.monotonic()
        with urllib.request.urlopen(address, timeout=60) as answer:
            text = answer.read().decode()
        took = time.monotonic() - began
        serving.terminate()
    _say("exporter --all", text.count("} 1.0\npgpool2_up{") + 1, took, slowest)


def _say(what: str, seen: int, took: float, slowest: float) -> None:
    ratio = f"{took / slowest:.2f} of the slowest (goal {GOAL})"
    sys.stdout.write(f"{what}: {seen} of {PROCESSES * EACH} clusters in {took:.2f} s, {ratio}\n")


def _doubles(number: int, slowest: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bench.many", "doubles", str(number), str(slowest)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def _until_ready(server: subprocess.Popen[str]) -> str:
    assert server.stdout
    lines = []
    while (line := server.stdout.readline()) and line != "ready\n":
        lines.append(line)
    return "".join(lines)


def serve(number: int, slowest: float) -> None:
    """Doubles in a process of their own, until it is killed; their configuration goes to stdout."""
    conversations = {each["name"]: each for each in json.loads(TRANSCRIPT.read_text())["conversations"]}
    answers: dict[str, Any] = {}
    for name in ASKED:
        answers |= recorded(conversations[name])
    times = random.Random(number)
    kept = []
    for at in range(EACH):
        seconds = slowest if at == 0 else times.uniform(0.05, slowest)
        fake = FakePgpool({**answers, "I": _after(seconds, answers["I"])})
        kept.append(fake.__enter__())
        sys.stdout.write(f'[clusters.c{number}-{at}]\nhost = "{fake.host}"\nport = {fake.port}\n')
        sys.stdout.write(f'username = "{USERNAME}"\npassfile = "PASSFILE"\n')
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        time.sleep(60)


def _after(seconds: float, frames: Any) -> Any:
    def answer(request: object) -> Any:
        time.sleep(seconds)
        return frames

    return answer


if __name__ == "__main__":
    if sys.argv[1:2] == ["doubles"]:
        serve(int(sys.argv[2]), float(sys.argv[3]))
    else:
        main()
