"""A unit of systemd: looked at before, started by whoever we are, the server then looked at by its owner."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest

from pypcp.hosts.local import LocalHost
from pypcp.postgres.unit import Unit, not_of, units, usual_names
from pypcp.rejoin.decide import decide
from pypcp.rejoin.facts import Facts, Request
from pypcp.rejoin.plan import Action
from pypcp.rejoin.steps import plan_for
from pypcp.rejoin.verdict import Verdict
from tests.unit.rejoin import worlds as w

OWN = Unit("postgresql-15", load="loaded", active="inactive", sub="dead", directory="/data")


def asking(unit: Unit | None, facts: Facts = w.STOPPED, name: str = OWN.name) -> Facts:
    """--service names this unit, of which systemd knows that."""
    return dataclasses.replace(facts, request=Request(service=name), units=(unit,) if unit else ())


def test_the_unit_is_started_by_whoever_we_are_and_the_server_looked_at_by_its_owner() -> None:
    (start,) = (step for step in plan_for(asking(OWN), Verdict.START).steps if step.key == "start")

    ready, by_unit, see = start.actions
    assert isinstance(ready, Action) and isinstance(by_unit, Action) and isinstance(see, Action)
    assert (ready.script, ready.user, see.script, see.user, see.args[-1]) == ("ready", "", "start", "", OWN.name)
    assert (by_unit.script, by_unit.user, by_unit.args[-1]) == ("service", None, OWN.name)
    assert start.command == "systemctl start postgresql-15"


def changed(**changes: object) -> Unit:
    return dataclasses.replace(OWN, **changes)  # type: ignore[arg-type]


def test_the_nodes_own_unit_is_taken() -> None:
    assert decide(asking(OWN)) is Verdict.START
    assert decide(asking(changed(directory=""))) is Verdict.START
    assert decide(asking(changed(active="failed", sub="failed"))) is Verdict.START


@pytest.mark.parametrize(
    ("unit", "why"),
    [
        (changed(trouble="systemctl: not found"), "systemctl: not found"),
        (changed(load="not-found"), "there is no such unit"),
        (changed(load="masked"), "it is masked"),
        (changed(active="active", sub="exited"), "it runs no server of its own"),
        (changed(directory="/var/lib/pgsql/14/data"), "it is of /var/lib/pgsql/14/data"),
        (changed(active="active", sub="running", main_pid=7), "it runs another server already (pid 7)"),
    ],
)
def test_a_unit_that_cannot_start_it_is_refused_with_the_rest(unit: Unit, why: str) -> None:
    found = decide(dataclasses.replace(asking(unit), streaming=()))
    assert isinstance(found, tuple)
    assert {refusal.code for refusal in found} == {"no-replication-user", "service"}
    assert why in next(refusal.said for refusal in found if refusal.code == "service")


def test_a_running_server_may_be_the_units() -> None:
    assert w.STOPPED.target.instance
    running = dataclasses.replace(w.STOPPED.target.instance, pid=7)
    assert not_of(running, changed(active="active", sub="running", main_pid=7)) == ""


def test_sudo_that_asks_for_a_password_is_told_before() -> None:
    found = decide(asking(changed(may_not_start="sudo: a password is required")))
    assert isinstance(found, tuple)
    assert [refusal.code for refusal in found] == ["service-not-allowed"]
    assert "a password is required" in found[0].said and "NOPASSWD: systemctl start postgresql-15" in found[0].do


@pytest.mark.parametrize("name", ["--now", "a b", "x\ny", "a;b"])
def test_only_a_name_of_a_unit_is_one(name: str) -> None:
    found = decide(asking(None, name=name))
    assert isinstance(found, tuple) and "is no name of a unit" in found[0].said


def test_debian_has_a_unit_for_each_cluster() -> None:
    facts = w.with_target(w.STOPPED, config_file="/etc/postgresql/15/main/postgresql.conf")
    assert facts.target.instance and usual_names(facts.target.instance) == ["postgresql@15-main"]
    own, other = changed(name="postgresql@15-main.service", directory=""), changed(name="postgresql@15-b", directory="")
    assert not_of(facts.target.instance, own) == ""
    assert not_of(facts.target.instance, other) == "this one is postgresql@15-main"
    noted = plan_for(
        dataclasses.replace(facts, units=(dataclasses.replace(own, name="postgresql@15-main"),)), Verdict.START
    )
    assert "--service postgresql@15-main starts it as that" in noted.notes[0]
    assert plan_for(dataclasses.replace(facts, units=(other,)), Verdict.START).notes == ()


SHOWN = """\
Environment=PGDATA={data}/ OTHER=x
ExecStart={{ path=/usr/pgsql-15/bin/postmaster ; argv[]=/usr/pgsql-15/bin/postmaster -D ${{PGDATA}} ; pid=0 }}
LoadState=loaded
ActiveState=active
SubState=running
MainPID=4711
"""


def told(place: Path, monkeypatch: pytest.MonkeyPatch, shown: str, code: int = 0) -> tuple[Unit, ...]:
    """What is made of it that systemctl shows this."""
    program = place / "systemctl"
    program.write_text(f"#!/bin/sh\ncat <<'EOF'\n{shown}EOF\nexit {code}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{place}:{os.environ['PATH']}")
    return units(LocalHost(), ["postgresql-15"], asked=True)


def test_a_unit_tells_its_data_directory_and_what_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "link").symlink_to("data")
    (unit,) = told(tmp_path, monkeypatch, SHOWN.format(data=tmp_path / "link"))
    assert (unit.load, unit.active, unit.main_pid, unit.directory) == ("loaded", "active", 4711, str(tmp_path / "data"))
    (unit,) = told(tmp_path, monkeypatch, SHOWN.format(data="/elsewhere").replace("${PGDATA}", f"{tmp_path}/data"))
    assert unit.directory == str(tmp_path / "data")
    (unit,) = told(tmp_path, monkeypatch, "LoadState=not-found\nMainPID=0\n")
    assert (unit.load, unit.directory, unit.main_pid) == ("not-found", "", 0)


def test_a_systemd_that_does_not_run_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (unit,) = told(tmp_path, monkeypatch, "System has not been booted with systemd as init system\n", 1)
    assert unit.trouble == "System has not been booted with systemd as init system"
