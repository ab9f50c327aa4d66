"""``pypcp switchover`` on a real cluster on this machine, under a client that writes all the time.

The tests of this module follow on each other on one lab: each leaves a pair that streams.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pypcp.lab import LabNode, Workshop, postgres
from pypcp.lab.processes import wait_until

from .conftest import running_lab
from .ledger import TABLE, Ledger
from .program import PROGRAM, Sql, pypcp, reasons

pytestmark = [pytest.mark.lab, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def shop() -> Iterator[Workshop]:
    with running_lab() as shop:
        postgres.sql(shop.runner, shop.lab, shop.lab.node(0), TABLE)
        yield shop


def switchover(node: LabNode, *options: str) -> dict[str, Any]:
    """It succeeds; its result."""
    done = pypcp("switchover", str(node.id), "--yes", "--json", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    last: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert last["result"] == "done"
    return last


def refused(node: LabNode, *options: str) -> set[str]:
    """It refuses; the codes of its reasons."""
    return reasons("switchover", str(node.id), "--yes", "--json", *options)


def ends(shop: Workshop) -> tuple[LabNode, LabNode]:
    """The primary and the standby."""
    (primary,) = shop.look().primaries
    (standby,) = (node for node in shop.lab.all_nodes if node != primary)
    return primary, standby


def missing(sql: Sql, node: LabNode, numbers: list[int]) -> set[int]:
    """Which of them the node has not."""
    return set(numbers) - set(map(int, sql(node, "SELECT n FROM ledger").split()))


def assert_nothing_is_lost(shop: Workshop, sql: Sql, acknowledged: list[int]) -> None:
    primary, standby = ends(shop)
    position = sql(primary, "SELECT pg_current_wal_lsn()")
    assert wait_until(lambda: sql(standby, f"SELECT pg_last_wal_replay_lsn() >= '{position}'") == "t", 20)
    assert not missing(sql, primary, acknowledged)
    assert not missing(sql, standby, acknowledged)
    for node in (primary, standby):  # what was set for the stop only is gone
        assert sql(node, "SHOW synchronous_standby_names") == ""
        assert "synchronous" not in (node.data / "postgresql.auto.conf").read_text()


def test_there_and_back_again_without_losing_a_commit(shop: Workshop, sql: Sql) -> None:
    acknowledged: list[int] = []
    for first in (1_000_000, 2_000_000):
        primary, standby = ends(shop)
        with Ledger(shop.lab, first) as ledger:
            assert ledger.goes_on()
            result = switchover(standby)
            assert ledger.goes_on()
        acknowledged += ledger.acknowledged

        assert ends(shop) == (standby, primary)
        assert result["verdict"] in ("start", "rewind")  # pgpool may promote while the primary stops
        assert 0 < result["seconds_without_writes"] <= result["seconds_until_pgpool"]
        assert ledger.gap < result["seconds_until_pgpool"] + 10  # a connection may hang in pgpool
        print(f"measured: {result}, the client's longest gap {ledger.gap:.2f} s, {len(ledger.acknowledged)} commits")  # noqa: T201
        assert_nothing_is_lost(shop, sql, acknowledged)


def test_a_dry_run_shows_the_commands_and_changes_nothing(shop: Workshop) -> None:
    primary, standby = ends(shop)

    done = pypcp("switchover", standby.host, "--dry-run")

    assert done.returncode == 0 and "pg_ctl stop" in done.stdout and standby.host in done.stdout
    plan = json.loads(pypcp("switchover", standby.host, "--dry-run", "--json").stdout)
    assert [step["key"] for step in plan["steps"]] == ["checkpoint", "stop", "received", "promote", "pgpool"]
    assert ends(shop) == (primary, standby)
    unasked = pypcp("switchover", standby.host)
    assert unasked.returncode == 2 and "--yes" in unasked.stderr


def test_what_stands_against_it_is_told_and_nothing_is_changed(shop: Workshop, sql: Sql) -> None:
    primary, standby = ends(shop)

    assert "target-is-primary" in refused(primary)

    sql(standby, "SELECT pg_wal_replay_pause()")
    sql(primary, "INSERT INTO ledger VALUES (1)")
    assert wait_until(lambda: "too-far-behind" in refused(standby, "--max-lag", "0"), 20)
    sql(standby, "SELECT pg_wal_replay_resume()")

    assert pypcp("detach", str(standby.id)).returncode == 0
    assert refused(standby) == {"node-not-in-service"}
    assert pypcp("attach", str(standby.id)).returncode == 0

    hba = standby.data / "pg_hba.conf"
    text = hba.read_text()
    hba.write_text(text.replace("host    replication", "# host    replication"))
    sql(standby, "SELECT pg_reload_conf()")
    assert wait_until(lambda: refused(standby) == {"cannot-stream"}, 20)
    hba.write_text(text)
    sql(standby, "SELECT pg_reload_conf()")

    assert ends(shop) == (primary, standby)
    assert sql(primary, "SHOW synchronous_standby_names") == ""


@contextlib.contextmanager
def failover_command(shop: Workshop, command: str) -> Iterator[None]:
    """pgpool has this failover command for a while."""
    conf = shop.lab.pgpool / "pgpool.conf"
    before = conf.read_text()
    (line,) = (line for line in before.splitlines() if line.startswith("failover_command"))

    def is_in_force(wanted: str) -> bool:
        said = pypcp("pool-status", "failover_command").stdout
        return wanted in said and ("%d %P %m" in said) == (wanted == "%d %P %m")

    def has(text: str, wanted: str) -> None:
        conf.write_text(text)
        assert pypcp("reload-config").returncode == 0
        assert wait_until(lambda: is_in_force(wanted), 60)

    has(before.replace(line, f"failover_command = '{command}'"), command)
    try:
        yield
    finally:
        has(before, "%d %P %m")


def test_without_a_failover_command_it_is_promoted_by_pypcp(shop: Workshop, sql: Sql) -> None:
    primary, standby = ends(shop)
    with failover_command(shop, ""), Ledger(shop.lab, 3_000_000) as ledger:
        assert ledger.goes_on()
        result = switchover(standby)
        assert ledger.goes_on()

    assert ends(shop) == (standby, primary) and result["verdict"] == "start"
    assert_nothing_is_lost(shop, sql, ledger.acknowledged)


def test_when_pgpool_does_not_promote_the_way_on_is_told(shop: Workshop, sql: Sql) -> None:
    primary, standby = ends(shop)
    with failover_command(shop, "/bin/true"), Ledger(shop.lab, 4_000_000) as ledger:
        assert ledger.goes_on()
        done = pypcp("switchover", str(standby.id), "--yes", "--timeout", "4")
        assert done.returncode == 1 and "still in recovery" in done.stderr
        assert (
            f"pg_ctl promote -D {standby.data}" in done.stderr
            and f"pypcp --cluster lab rejoin {primary.id}" in done.stderr
        )

        postgres_promote(shop, standby)
        assert wait_until(lambda: pypcp("rejoin", str(primary.id), "--yes").returncode == 0, 60)
        assert ledger.goes_on()

    assert ends(shop) == (standby, primary)
    assert_nothing_is_lost(shop, sql, ledger.acknowledged)


def postgres_promote(shop: Workshop, node: LabNode) -> None:
    shop.runner.run([shop.runner.bindir / "pg_ctl", "promote", "-D", node.data])


def lasting_primary(shop: Workshop, seconds: float = 3.0) -> LabNode:
    """The only primary, once it has been that for so long: the script of a stop outlives who began it."""
    since, last = time.monotonic(), None
    end = since + 60
    while time.monotonic() < end:
        now = shop.look().primaries
        if now != last:
            since, last = time.monotonic(), now
        elif len(now) == 1 and time.monotonic() - since > seconds:
            return now[0]
        time.sleep(0.1)
    raise AssertionError(f"no lasting primary; last seen: {last}")


def is_mended(node: LabNode, tries: list[subprocess.CompletedProcess[str]]) -> bool:
    """Whether a rejoin succeeds, by the way out that a refusal names where there is one.

    A stop that was killed may leave commits of which no client was told, or WAL that cannot be read to its end.
    """
    tries.append(pypcp("rejoin", str(node.id), "--yes"))
    for way_out in (["--discard-diverged"], ["--method", "basebackup"]):
        if tries[-1].returncode == 6 and " ".join(way_out) in tries[-1].stderr:
            tries.append(pypcp("rejoin", str(node.id), "--yes", "--discard-diverged", *way_out))
    return tries[-1].returncode == 0


def read_until(child: subprocess.Popen[str], step: str, event: str) -> None:
    """Read what a switchover tells until this event of this step."""
    assert child.stdout
    for line in child.stdout:
        told = json.loads(line)
        if (told.get("step"), told.get("event")) == (step, event):
            return
    raise AssertionError(f"the switchover never came to {event} {step}")


BORDERS = [
    *(("checkpoint", "done"), ("stop", "started"), ("stop", "done"), ("received", "done")),
    *(("promote", "done"), ("pgpool", "done"), ("configure", "started"), ("start", "done")),
]


@pytest.mark.parametrize(("step", "event"), BORDERS)
def test_killed_in_the_middle_it_leaves_what_a_rejoin_can_mend(shop: Workshop, sql: Sql, step: str, event: str) -> None:
    primary, standby = ends(shop)
    with Ledger(shop.lab, (BORDERS.index((step, event)) + 10) * 1_000_000) as ledger:
        assert ledger.goes_on()
        command = [PROGRAM, "switchover", str(standby.id), "--yes", "--json", "--cluster", "lab"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
            read_until(child, step, event)
            child.send_signal(signal.SIGKILL)
        now = lasting_primary(shop)  # the old one, or the new one that pgpool has promoted
        assert ledger.goes_on(within=40)
        other = standby if now == primary else primary
        tries: list[subprocess.CompletedProcess[str]] = []
        assert wait_until(lambda: is_mended(other, tries), 60), tries[-1].stderr
        assert ledger.goes_on()

    assert_nothing_is_lost(shop, sql, ledger.acknowledged)


def test_settings_of_a_stop_in_which_the_host_died_do_not_come_back(shop: Workshop, sql: Sql) -> None:
    """The primary is found stopped, with the lines for the stop still in its file; they must not outlive its rejoin."""
    primary, standby = ends(shop)
    auto = primary.data / "postgresql.auto.conf"
    text = auto.read_text()
    left = "# pypcp: for the time of a stop\nsynchronous_standby_names = 'gone'\n# pypcp: until here\n"
    with Ledger(shop.lab, 30_000_000) as ledger:
        assert ledger.goes_on()
        auto.write_text(text + left)
        shop.runner.run([shop.runner.bindir / "pg_ctl", "stop", "-D", primary.data, "-m", "fast"])
        assert wait_until(lambda: shop.look().primaries == [standby], 40)
        tries: list[subprocess.CompletedProcess[str]] = []
        assert wait_until(lambda: is_mended(primary, tries), 60), tries[-1].stderr
        switchover(primary)
        assert ledger.goes_on()  # a commit would wait for a standby that is not there

    assert ends(shop) == (primary, standby)
    assert_nothing_is_lost(shop, sql, ledger.acknowledged)


class Systemctl:
    """Stands in for systemctl, found first in PATH; sudo stands in for itself, where we are not root."""

    unit = "lab"

    def __init__(self, shop: Workshop, node: LabNode, place: Path) -> None:
        self._place = place
        script = Path(__file__).with_name("systemctl.sh").read_text()
        values = {"UNIT": self.unit, "DATA": node.data, "BIN": shop.runner.bindir, "USER": shop.runner.user.pw_name}
        for name, value in values.items():
            script = script.replace(f"={name}", f"={shlex.quote(str(value))}")
        for program, text in (("systemctl", script), ("sudo", '#!/bin/sh\n[ "$2" = -l ] || { shift; exec "$@"; }\n')):
            (place / program).write_text(text)
            (place / program).chmod(0o755)

    def fails(self, how: bool) -> None:
        (self._place / "how").write_text("fails" if how else "")

    def did(self) -> list[str]:
        return (self._place / "did").read_text().split()


def test_systemd_stops_and_starts_it(shop: Workshop, sql: Sql, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit that asks the server to wait for all sessions to end, and that starts it again unless told to stop it."""
    primary, standby = ends(shop)
    systemctl = Systemctl(shop, primary, tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    as_unit = ("--service", systemctl.unit)
    with Ledger(shop.lab, 31_000_000) as ledger:
        assert ledger.goes_on()
        assert refused(standby, "--service", "other") == {"service"}

        systemctl.fails(True)
        done = pypcp("switchover", str(standby.id), "--yes", *as_unit)
        assert done.returncode == 1 and "Job for lab.service canceled.; systemctl could not stop lab" in done.stderr
        assert ends(shop) == (primary, standby)
        assert_nothing_is_lost(shop, sql, ledger.acknowledged)

        systemctl.fails(False)
        where = f"host={primary.host} port={primary.port} user=postgres dbname=postgres passfile='{shop.lab.pgpass}'"
        with psycopg.connect(where):  # a session that does not end by itself
            switchover(standby, *as_unit)
        assert ledger.goes_on()

    assert systemctl.did() == ["stop", "stop", "start"]
    assert ends(shop) == (standby, primary)
    assert_nothing_is_lost(shop, sql, ledger.acknowledged)
