"""From what is there to what is done, and to the reasons against it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypcp.pgpool.conf import ConfError
from pypcp.pgpool.pool_passwd import md5
from pypcp.postgres.verifiers import agrees, scram
from pypcp.setup.advice import advice
from pypcp.setup.decide import decide
from pypcp.setup.differences import differences
from pypcp.setup.facts import Facts, HostFacts, Present, Role
from pypcp.setup.meanings import meanings
from pypcp.setup.pair import Users, Watchdog
from pypcp.setup.refusals import refusals
from pypcp.setup.render import render
from pypcp.setup.secrets import Secrets
from tests.unit.setup.pairs import SECRETS, VERSIONS, pair, passwords
from tests.unit.setup.seen import DONE, SAMPLE, bare, configured, server

CONF = "/etc/pgpool2/pgpool.conf"


@pytest.mark.parametrize("version", VERSIONS)
def test_bare_hosts_get_every_file_and_what_is_as_described_gets_none(version: str) -> None:
    made = pair(version)
    plan = decide(made, SECRETS, bare(made), start=True)
    assert refusals(made, SECRETS, bare(made)) == ()
    assert plan.starts == ("host0", "host1") == tuple(sorted(plan.fresh)) and plan.primary == "host0"
    assert {write.host for write in plan.writes} == {"host0", "host1"}
    assert [each.shown.split()[0] for each in plan.statements] == ["CREATE", "GRANT", "CREATE"]

    assert decide(made, SECRETS, configured(made), start=True).is_empty


def test_no_plan_shows_a_secret() -> None:
    made = pair()
    plan = decide(made, SECRETS, bare(made), start=True)
    told = repr(plan) + str(plan.document()) + "\n".join(plan.lines())
    told += "".join(each.shown for write in plan.writes for each in write.differences)
    assert not [secret for secret in SECRETS.values() if secret in told]
    assert "SCRAM" not in told


@given(passwords, passwords)
def test_no_difference_shows_a_password(before: str, after: str) -> None:
    former, latter = (render(pair(), _all_of(password), {})["host0"] for password in (before, after))
    for old, new in zip(former, latter, strict=True):
        present = old.text(None)
        told = "".join(each.shown for each in differences(new, present, new.text(present)))
        assert "@@" not in told
        assert not [password for password in (before, after) if len(password) > 5 and password in told]


def _all_of(password: str) -> Secrets:
    return Secrets({"pgpool": f"{password}@@", "app": password}, {"pgpool": password}, "k")


def test_a_broken_pgpool_conf_is_told_with_its_host() -> None:
    with pytest.raises(ConfError, match=r"pgpool.conf of host0: line 2 is not a setting"):
        decide(pair(), SECRETS, _with_conf("port = 1\n= 3\n"), start=False)


def test_a_setting_that_is_reloaded_needs_no_restart() -> None:
    made = pair()
    text = configured(made).hosts[0].files[CONF].text or ""
    reloaded = _with_conf(text.replace("health_check_period = 5", "health_check_period = 9"))
    plan = decide(made, SECRETS, reloaded, start=False)
    assert [write.title for write in plan.writes] == [f"change {CONF}"]
    assert (plan.reloads, plan.restarts) == (("host0",), ())

    restarted = decide(made, SECRETS, _with_conf(text.replace("port = 9999", "port = 1")), start=False)
    assert restarted.restarts[0][1][0] == "port"
    assert "started again for port" in restarted.notes()[0]
    assert restarted.restarted == () and not restarted.at_once

    done = decide(made, SECRETS, _with_conf(text.replace("port = 9999", "port = 1")), start=False, restart=True)
    assert (done.restarted, done.notes(), done.fresh) == (("host0",), [], frozenset())
    watchdog = _with_conf(text.replace("wd_priority = 2", "wd_priority = 7"))
    assert decide(made, SECRETS, watchdog, start=False, restart=True).at_once


def _with_conf(text: str) -> Facts:
    facts = configured(pair())
    files = {**facts.hosts[0].files, CONF: Present("file", text, 0o600, "postgres")}
    return dataclasses.replace(facts, hosts=(dataclasses.replace(facts.hosts[0], files=files), facts.hosts[1]))


def test_what_a_killed_run_left_unread_is_read() -> None:
    plan = decide(pair(), SECRETS, configured(pair(), has_unread=True), start=False)
    assert (plan.writes, plan.reloads, plan.is_empty) == ((), ("host0",), False)
    assert plan.lines() == ["On host0:", "  reload pgpool"]


def test_a_file_that_others_can_read_is_written_again() -> None:
    facts = configured(pair())
    there = facts.hosts[0].files[CONF]
    facts = configured(pair(), files={**facts.hosts[0].files, CONF: dataclasses.replace(there, mode=0o644)})
    plan = decide(pair(), SECRETS, facts, start=False)
    assert [write.title for write in plan.writes] == [f"give {CONF} to postgres with mode 0600"]


def test_a_pgpool_that_does_not_run_is_only_told_of_without_start() -> None:
    plan = decide(pair(), SECRETS, configured(pair(), pid=None), start=False)
    assert plan.is_empty and plan.notes() == ["host0: pgpool does not run; --start starts it"]
    started = decide(pair(), SECRETS, configured(pair(), pid=None), start=True)
    assert started.starts == ("host0",) and not started.fresh


Change = Callable[[HostFacts], HostFacts]
REASONS: dict[str, Change] = {
    "no-pgpool": lambda host: dataclasses.replace(host, version=""),
    "pgpool-version": lambda host: dataclasses.replace(host, version="4.4"),
    "no-user": lambda host: dataclasses.replace(host, has_user=False),
    "no-ssh": lambda host: dataclasses.replace(host, unreached={"host0": "Permission denied"}),
    "no-program": lambda host: dataclasses.replace(host, programs=host.programs - {"/usr/bin/sudo"}),
    "no-interface": lambda host: dataclasses.replace(host, addresses=(("lo", "127.0.0.1"),)),
    "address-taken": lambda host: dataclasses.replace(host, addresses=(*host.addresses, ("eth0", "192.0.2.9"))),
    "address-taken by another": lambda host: dataclasses.replace(host, sees_virtual_ip=True),
    "not-a-file": lambda host: dataclasses.replace(host, files={**host.files, CONF: Present("link")}),
    "no-postgres": lambda host: dataclasses.replace(host, postgres=None),
    "two-primaries": lambda host: _with_server(host, in_recovery=False),
    "not-streaming": lambda host: _with_server(host, in_recovery=True, status="stopping"),
    "two-clusters": lambda host: _of_another_cluster(host),
}


def _with_server(host: HostFacts, in_recovery: bool, status: str = "streaming") -> HostFacts:
    assert host.postgres
    return dataclasses.replace(host, postgres=dataclasses.replace(host.postgres, server=server(in_recovery, status)))


def _of_another_cluster(host: HostFacts) -> HostFacts:
    assert host.postgres and host.postgres.server
    other = dataclasses.replace(host.postgres.server, system_identifier=99)
    return dataclasses.replace(host, postgres=dataclasses.replace(host.postgres, server=other))


@pytest.mark.parametrize("code", REASONS)
def test_each_thing_that_is_not_as_it_has_to_be_is_a_reason(code: str) -> None:
    facts = bare(pair())
    facts = dataclasses.replace(facts, hosts=(facts.hosts[0], REASONS[code](facts.hosts[1])))
    found = refusals(pair(), SECRETS, facts)
    assert [refusal.code for refusal in found] == [code.partition(" ")[0]]
    assert all(refusal.do for refusal in found)


def test_roles_have_to_be_there_with_the_password_that_is_known() -> None:
    facts = configured(pair())
    assert [each.code for each in refusals(pair(), Secrets({"pgpool": "check-secret"}), facts)] == ["no-password"]
    wrong = Secrets({**SECRETS.roles, "app": "another"})
    assert [each.code for each in refusals(pair(), wrong, facts)] == ["wrong-password"]
    assert not any("another" in part for each in refusals(pair(), wrong, facts) for part in each)
    none = dataclasses.replace(DONE, roles={"repl": DONE.roles["repl"]})
    assert [each.code for each in refusals(pair(), SECRETS, Facts(facts.hosts, none))] == ["no-role"]


def test_the_virtual_ip_of_a_running_pgpool_is_its_own() -> None:
    facts = configured(pair(), addresses=(("eth0", "192.0.2.10"), ("eth0", "192.0.2.9")))
    down = dataclasses.replace(facts.hosts[1], pid=None, sees_virtual_ip=True)
    assert refusals(pair(), SECRETS, dataclasses.replace(facts, hosts=(facts.hosts[0], down))) == ()


def test_what_may_surprise_is_told() -> None:
    made, facts = pair(), configured(pair())
    assert facts.hosts[0].postgres
    few = dataclasses.replace(facts.hosts[0].postgres, settings={"max_connections": "100"})
    facts = configured(made, postgres=few)
    told = advice(made, facts)
    assert "trusted_servers" in told[0] and "128 connections" in told[1] and len(told) == 2
    trusting = dataclasses.replace(
        pair(settings=(("num_init_children", "25"),)), watchdog=Watchdog(trusted_servers=("192.0.2.1",))
    )
    assert advice(trusting, facts) == []


def test_online_recovery_needs_a_superuser() -> None:
    made = dataclasses.replace(pair(), users=Users(recovery="app"))
    assert [each.code for each in refusals(made, SECRETS, configured(made))] == ["no-superuser"]


def test_the_role_of_the_checks_is_mended() -> None:
    role = Role(False, False, True, md5("other", "pgpool"))
    facts = dataclasses.replace(configured(pair()), sql=dataclasses.replace(DONE, roles={**DONE.roles, "pgpool": role}))
    shown = [each.shown for each in decide(pair(), SECRETS, facts, start=False).statements]
    assert shown == ['ALTER ROLE "pgpool" LOGIN', "ALTER ROLE \"pgpool\" PASSWORD '***'"]


@given(passwords, st.binary(min_size=1, max_size=20))
def test_a_verifier_agrees_with_its_own_password_only(password: str, salt: bytes) -> None:
    made = scram(password, salt, 2)
    assert agrees(password, "x", made) and not agrees(password + "x", "x", made)
    assert agrees(password, "x", md5(password, "x")) and not agrees(password, "y", md5(password, "x"))


def test_a_verifier_as_the_server_makes_it() -> None:
    # CREATE ROLE r PASSWORD 'app-secret' on PostgreSQL 15
    made = (
        "SCRAM-SHA-256$4096:PPUkTMhVqUbcO9g2cXxskA==$"
        "pBXA/F2Z4Bv4uUda2FLFEj7trZca8o1jrMvz2wN8cO4=:v7CEe7vFZfn+XMwJ2Ku4cQ9X4Q0svd+tcRX6xnURCKM="
    )
    assert agrees("app-secret", "app", made)
    for broken in ("", "SCRAM-SHA-256$4096:x$y:z", "SCRAM-SHA-256$99999999999:YQ==$YQ==:YQ=="):
        assert not agrees("app-secret", "app", broken)


def test_settings_are_explained_in_the_words_of_the_sample() -> None:
    assert meanings(SAMPLE) == {"port": "Port number", "log_connections": "Log connections"}
