"""The stand-ins for pgpool's tools against each release's own tools: the same bytes on both streams."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pypcp.lab.layout import PGPOOL_HOST
from pypcp.lab.passwords import PGPOOL_USER
from pypcp.lab.processes import wait_until
from tests.matrix.conftest import passfile_with
from tests.matrix.server import Server

Streams = tuple[str, str]
TRIES = 8  # counters and durations move on between two runs

READING = [
    *(["pcp_node_count", *more] for more in ([], ["-v"], ["-d"])),
    *(["pcp_node_info", *more] for more in (["-n", "0"], ["1"], ["-v", "-n", "1"], ["--verbose", "--node-id=0"])),
    *(["pcp_proc_count", *more] for more in ([], ["-v"])),
    *(["pcp_proc_info", *more] for more in ([], ["-v"], ["-a"], ["-a", "-v"])),
    *(["pcp_pool_status", *more] for more in ([], ["-v"])),
    *(["pcp_health_check_stats", *more] for more in (["-n", "0"], ["-v", "1"])),
]
SINCE_4_3 = [["pcp_node_info"], ["pcp_node_info", "-v"], ["pcp_node_info", "-a"]]
REFUSED = [
    ["pcp_node_info", "-n", "9"],
    ["pcp_node_info", "-n", "200"],
    ["pcp_node_count", "--no-such-option"],
    ["pcp_attach_node"],
    ["pcp_attach_node", "-n"],
    ["pcp_detach_node", "-n", "99"],
    ["pcp_promote_node", "-n", "0"],
    ["pcp_proc_info", "-P", "1"],
    ["pcp_watchdog_info"],
    ["pcp_watchdog_info", "-v"],
    ["pcp_stop_pgpool", "-m", "q"],
    ["pcp_health_check_stats", "-n", "7"],
]


@pytest.fixture(scope="module")
def shims(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the stand-ins, as `pypcp shims` makes it."""
    place = tmp_path_factory.mktemp("shims")
    subprocess.run([Path(sys.executable).with_name("pypcp"), "shims", place], check=True, capture_output=True)
    return place


def theirs(server: Server, words: list[str], passfile: Path | None = None) -> Streams:
    ended = server.tool(words[0], *words[1:], passfile=passfile)
    return ended.stdout.decode(), ended.stderr.decode()


def ours(shims: Path, server: Server, words: list[str], passfile: Path | None = None) -> tuple[Streams, int]:
    where = ["-h", PGPOOL_HOST, "-p", str(server.lab.pcp_port), "-U", PGPOOL_USER, "-w"]
    ended = subprocess.run(
        [shims / words[0], *where, *words[1:]],
        env={"LC_ALL": "C.UTF-8", "TZ": "UTC", "PCPPASSFILE": str(passfile or server.lab.pcppass)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=30,
    )
    return (ended.stdout.decode(), ended.stderr.decode()), ended.returncode


def needs(server: Server, words: list[str]) -> None:
    if not server.release.has(words[0]):
        pytest.skip(f"pgpool {server.release.exact_version} has no {words[0]}")


def both(shims: Path, server: Server, words: list[str]) -> tuple[Streams, Streams, int]:
    """What the two print at the same state of pgpool: theirs must be the same before ours and after."""
    needs(server, words)
    for _ in range(TRIES):
        before = theirs(server, words)
        mine, status = ours(shims, server, words)
        if before in (mine, theirs(server, words)):
            return before, mine, status
    raise AssertionError(f"{words} never printed the same twice")


@pytest.fixture(scope="module")
def session(server: Server) -> Iterator[None]:
    """A client that stays connected, so that a process has something to tell of."""
    runner, lab = server.shop.runner, server.lab
    through = f"host={PGPOOL_HOST} port={lab.port} user=postgres dbname=postgres"
    client = subprocess.Popen(
        [runner.bindir / "psql", "-X", "-q", "-d", through],
        env={"PGPASSFILE": "/dev/null", "PGPASSWORD": lab.pgpass.read_text().split(":")[4].split("\n")[0]},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: "postgres" in theirs(server, ["pcp_proc_info"])[0], within=10)
        yield
    finally:
        client.communicate()


@pytest.mark.parametrize("words", READING, ids=" ".join)
@pytest.mark.usefixtures("session")
def test_what_is_read(shims: Path, server: Server, words: list[str]) -> None:
    there, here, status = both(shims, server, words)
    assert here == there
    assert status == 0
    assert there[0]


@pytest.mark.parametrize("words", SINCE_4_3, ids=" ".join)
def test_what_is_read_of_all_nodes(shims: Path, server: Server, words: list[str]) -> None:
    if server.version < (4, 3):
        pytest.skip(f"pcp_node_info of pgpool {server.release.exact_version} wants a node id")
    there, here, status = both(shims, server, words)
    assert (here, status) == (there, 0)


@pytest.mark.parametrize("words", REFUSED, ids=" ".join)
def test_what_is_refused(shims: Path, server: Server, words: list[str]) -> None:
    """The same words; the one difference is that ours never exits with 0."""
    there, here, status = both(shims, server, words)
    assert here == there
    assert status != 0


def test_wrong_password(shims: Path, server: Server) -> None:
    """4.7 prompts in spite of -w; a stand-in that was told not to never does."""
    with passfile_with(server, "not-the-password") as passfile:
        stdout, stderr = theirs(server, ["pcp_node_count"], passfile)
        here, status = ours(shims, server, ["pcp_node_count"], passfile)
    assert stderr.startswith("Password: ") == (server.version >= (4, 7))
    assert here == (stdout, stderr.removeprefix("Password: \n"))
    assert status != 0


CHANGING_NOTHING = ["pcp_attach_node", "pcp_reload_config", "pcp_log_rotate", "pcp_invalidate_query_cache"]


@pytest.mark.parametrize(
    "name", ["pcp_attach_node", "pcp_reload_config", "pcp_log_rotate", "pcp_invalidate_query_cache"]
)
def test_what_changes_nothing_now(shims: Path, server: Server, name: str) -> None:
    """A node that is up is attached, a configuration that did not change is read again: success, in their words."""
    words = [name, "-n", "1"] if name == "pcp_attach_node" else [name]
    there, here, status = both(shims, server, words)
    assert (here, status) == (there, 0)
