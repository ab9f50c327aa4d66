"""Each check passes on a healthy pair, and fails alone when its one fact is bent."""

from __future__ import annotations

import dataclasses
import re
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypcp.doctor.checks import examine
from pypcp.doctor.facts import Facts, Host, Pgpool, Postgres, Program, Role
from pypcp.doctor.result import Status
from pypcp.pgpool.pool_passwd import md5
from pypcp.postgres.instance import Receiver
from pypcp.postgres.verifiers import scram
from pypcp.records import Node, NodeRole, NodeStatus, Quorum, Watchdog, WatchdogNode
from pypcp.status.facts import Facts as StatusFacts
from pypcp_cli import doctor_report
from tests.unit.rejoin import worlds as w

IP = "192.0.2.150"
CONF = {
    "heartbeat_hostname0": "ser", "heartbeat_port0": "9694", "heartbeat_hostname1": "bak", "heartbeat_port1": "9694",
    "delegate_ip": IP,
}  # fmt: skip
SETTINGS = {
    "sr_check_user": "pgpool", "health_check_user": "pgpool", "health_check_period": "5", "use_watchdog": "1",
    "failover_command": "pypcp failover", "backend_hostname0": "ser",
}  # fmt: skip
COMMAND = Program("/etc/pgpool2/failover.sh", runs=True, checksum="0a")
MOVER = Program("/sbin/ip", runs=True, may_sudo=True)
ADDRESSES = {"ser": frozenset({"192.0.2.1"}), "bak": frozenset({"192.0.2.2"})}
ROLE = Role(can_login=True, sees_replication=True, verifier=scram("test-password", b"salt"))


def host(name: str, addresses: str = "") -> Host:
    return Host(
        name,
        user="postgres",
        conf_path="/etc/pgpool.conf",
        names=ADDRESSES,
        ssh={"ser": "", "bak": ""},
        pings={"gateway": True},
        addresses=addresses,
        udp=frozenset({9694}),
        modes={"/etc/pcp.conf": (0o600, "postgres"), "/home/.pgpass": (0o600, "postgres")},
        conf=CONF,
        pcp="pgpool:0123456789abcdef0123456789abcdef\n",
        passwd="pgpool:TEXTtest-password\n",
        status=("up", "up"),
        programs={"failover_command": COMMAND, "if_up_cmd": MOVER, "if_down_cmd": MOVER, "arping_cmd": MOVER},
    )


def node(number: int, name: str) -> Node:
    return Node(number, name, 5432, NodeStatus.UP, 2, NodeRole.STANDBY if number else NodeRole.PRIMARY)


def server(number: int, **changes: Any) -> Postgres:
    settings = {**w.SETTINGS, "wal_log_hints": "on", "wal_keep_size": "1024", "max_wal_senders": "10"}
    receiver = Receiver("streaming", 2, "ser", 5432) if number else None
    told = {"in_recovery": bool(number), "receiver": receiver, "settings": settings, **changes}
    instance = dataclasses.replace(w.SOURCE, server=dataclasses.replace(w.SERVER, **told))
    return Postgres(number, ("ser", "bak")[number], instance, replicates={1 - number: ""}, roles={"pgpool": ROLE})


def member(number: int) -> WatchdogNode:
    name = ("ser", "bak")[number]
    state = (4, "LEADER") if number == 0 else (7, "STANDBY")
    return WatchdogNode(number, name, name, IP, 9000, 9999, 1, *state)


WATCHDOG = Watchdog(1, 1, Quorum.EXISTS, 1, True, "ser", "ser", (member(0), member(1)))
STATUS = StatusFacts(
    "lab",
    datetime.now(timezone.utc),
    (),
    (node(0, "ser"), node(1, "bak")),
    settings=SETTINGS,
    watchdog=WATCHDOG,
    delegate_ip=IP,
)
HEALTHY = Facts(
    STATUS,
    {"ser": host("ser", f"2: eth0 inet {IP}/24"), "bak": host("bak")},
    {name: Pgpool(name, settings=SETTINGS, watchdog=WATCHDOG) for name in ("ser", "bak")},
    {number: server(number) for number in (0, 1)},
)


def found(facts: Facts) -> dict[str, Status]:
    return {
        each.check: each.status for _, results in examine(facts) for each in results if each.status is not Status.PASS
    }


def with_host(**changes: Any) -> Facts:
    return dataclasses.replace(
        HEALTHY, hosts={**HEALTHY.hosts, "bak": dataclasses.replace(HEALTHY.hosts["bak"], **changes)}
    )


def with_program(name: str, **changes: Any) -> Facts:
    programs = HEALTHY.hosts["bak"].programs
    return with_host(programs={**programs, name: dataclasses.replace(programs[name], **changes)})


def with_server(number: int, **changes: Any) -> Facts:
    return dataclasses.replace(HEALTHY, servers={**HEALTHY.servers, number: server(number, **changes)})


def with_setting(number: int, name: str, value: str) -> Facts:
    instance = HEALTHY.servers[number].instance
    assert instance and instance.server
    return with_server(number, settings={**instance.server.settings, name: value})


def with_postgres(number: int, **changes: Any) -> Facts:
    return dataclasses.replace(
        HEALTHY, servers={**HEALTHY.servers, number: dataclasses.replace(HEALTHY.servers[number], **changes)}
    )


def with_pgpool(**changes: Any) -> Facts:
    changed = dataclasses.replace(HEALTHY.pgpools["bak"], **changes)
    return dataclasses.replace(HEALTHY, pgpools={**HEALTHY.pgpools, "bak": changed})


def with_status(**changes: Any) -> Facts:
    return dataclasses.replace(HEALTHY, status=dataclasses.replace(STATUS, **changes))


def with_role(**changes: Any) -> Facts:
    return with_postgres(0, roles={"pgpool": dataclasses.replace(ROLE, **changes)})


LOST = dataclasses.replace(WATCHDOG, quorum=Quorum.ABSENT, quorum_status=-1)
ALONE = dataclasses.replace(WATCHDOG, nodes=(member(0), dataclasses.replace(member(1), state=10, state_name="LOST")))
FAIL, WARN, UNKNOWN = Status.FAIL, Status.WARN, Status.UNKNOWN


def test_a_healthy_pair_passes_everything() -> None:
    assert found(HEALTHY) == {}


@pytest.mark.parametrize(
    ("facts", "check", "status"),
    [
        (with_host(clock=-3.0), "clock", FAIL),
        (with_host(names={**ADDRESSES, "ser": frozenset({"192.0.2.9"})}), "name", FAIL),
        (with_host(names={**ADDRESSES, "ser": frozenset()}), "name", FAIL),
        (with_host(ssh={"ser": "Permission denied", "bak": ""}), "ssh", FAIL),
        (with_host(pings={"gateway": False}), "trusted-server", FAIL),
        (with_host(udp=frozenset()), "heartbeat", FAIL),
        (with_host(conf={"delegate_ip": IP}), "heartbeat", FAIL),
        (with_host(addresses=f"3: eth0 inet {IP}/24"), "delegate-ip", FAIL),
        (with_host(setuid=("/sbin/ip",)), "setuid", FAIL),
        (with_host(modes={"/etc/pool_passwd": (0o644, "postgres")}), "file-mode", FAIL),
        (with_host(modes={"/etc/x.sh": (0o777, "postgres")}), "file-mode", FAIL),
        (with_host(modes={"/home/.pgpass": (0o640, "postgres")}), "file-mode", FAIL),
        (with_host(modes={"/home/.pgpass": (0o600, "root")}), "file-mode", FAIL),
        (with_host(conf_trouble="line 3 is not a setting"), "conf", FAIL),
        (with_host(pcp="pgpool:nothing\n"), "pcp-conf", FAIL),
        (with_host(pcp=""), "pcp-conf", FAIL),
        (with_host(passwd="pgpool:TEXTanother\n"), "pool-passwd", FAIL),
        (with_host(passwd="nobody:TEXTx\n"), "pool-passwd", FAIL),
        (with_host(passwd=f"pgpool:{md5('test-password', 'pgpool')}\n"), "pool-passwd", FAIL),
        (with_host(status=("up", "down")), "status-file", FAIL),
        (with_program("failover_command", runs=False), "command-runs", FAIL),
        (with_program("failover_command", path=""), "command-runs", FAIL),
        (with_program("failover_command", writable=("/etc/pgpool2",)), "command-writable", FAIL),
        (with_program("failover_command", checksum="0b"), "same-script", WARN),
        (with_program("if_up_cmd", may_sudo=False), "interface-command", FAIL),
        (with_program("if_up_cmd", may_sudo=None), "interface-command", FAIL),
        (with_program("arping_cmd", runs=False), "interface-command", FAIL),
        (with_setting(0, "wal_log_hints", "off"), "wal-log-hints", FAIL),
        (with_setting(0, "wal_keep_size", "0"), "wal-kept", WARN),
        (with_setting(0, "wal_keep_segments", "15"), "wal-kept", WARN),
        (with_setting(0, "max_connections", "7"), "same-settings", FAIL),
        (with_server(1, receiver=None), "streaming", FAIL),
        (with_server(1, timeline=1), "streaming", FAIL),
        (with_postgres(1, replicates={0: "no pg_hba.conf entry"}), "replication-allowed", FAIL),
        (with_postgres(1, replicates={}), "replication-allowed", UNKNOWN),
        (with_role(can_login=False), "role", FAIL),
        (with_role(sees_replication=False), "streaming-rights", WARN),
        (with_status(settings={**SETTINGS, "recovery_user": "nosuch"}), "role", FAIL),
        (with_pgpool(pcp_trouble="refused", settings={}, watchdog=None), "pcp", FAIL),
        (with_pgpool(sql_trouble="refused"), "sql", FAIL),
        (with_pgpool(settings={**SETTINGS, "failover_command": "other"}), "same-pgpools", FAIL),
        (with_pgpool(watchdog=LOST), "quorum", FAIL),
        (with_pgpool(watchdog=ALONE), "members", FAIL),
    ],
)
def test_one_bent_fact_is_found_by_one_check(facts: Facts, check: str, status: Status) -> None:
    assert found(facts) == {check: status}


def test_up_to_12_wal_is_kept_by_segments() -> None:
    assert found(with_setting(0, "wal_keep_segments", "16")) == {}


@pytest.mark.parametrize(("name", "value"), [("health_check_period", "0"), ("failover_command", "")])
def test_what_is_off_everywhere(name: str, value: str) -> None:
    settings = {**SETTINGS, name: value}
    pgpools = {each: Pgpool(each, settings=settings, watchdog=WATCHDOG) for each in ("ser", "bak")}
    assert list(found(dataclasses.replace(HEALTHY, pgpools=pgpools))) == [name.replace("_period", "").replace("_", "-")]


def test_nobody_logs_in_to_a_host_without_postgresql() -> None:
    assert found(with_host(ssh={"ser": "", "bak": "", "localhost": "Host key verification failed."})) == {}


def test_a_full_house_of_senders() -> None:
    facts = dataclasses.replace(
        HEALTHY,
        servers={n: server(n, settings={**w.SETTINGS, "wal_log_hints": "on", "wal_keep_size": "1024"}) for n in (0, 1)},
    )
    assert list(found(facts)) == ["wal-senders"]


def test_a_host_that_cannot_be_looked_at_is_no_pass() -> None:
    """Each check that is made of a host is unknown of this one, and each one of its PostgreSQL."""
    facts = dataclasses.replace(
        HEALTHY,
        status=dataclasses.replace(STATUS, settings={**SETTINGS, "trusted_servers": "gateway"}),
        hosts={**HEALTHY.hosts, "bak": Host("bak", trouble="refused")},
        servers={**HEALTHY.servers, 1: Postgres(1, "bak", trouble="refused")},
    )
    results = [each for _, group in examine(facts) for each in group]
    assert {each.check for each in results if each.status is FAIL} == {"host-reached"}
    unknown = {(each.check, each.about) for each in results if each.status is UNKNOWN}
    of_pgpool = {"pcp", "sql", "health-check", "failover-command", "quorum", "members"}  # which was asked over PCP
    of_two = {("name", "ser"), ("name", "bak"), ("one-primary", ""), ("delegate-ip", IP)}
    made = {(each.check, _host_of(each.about)) for _, group in examine(HEALTHY) for each in group}
    wanted = {check for check, host in made if host == "bak"} - of_pgpool - {"host-reached", "name"}
    assert of_two <= unknown
    assert {(check, _host_of(about)) for check, about in unknown - of_two} == {(check, "bak") for check in wanted}


def _host_of(about: str) -> str:
    """The host that was looked at for it."""
    return next((word for word in re.findall(r"[-\w.]+", about) if word in ("ser", "bak")), "")


def test_the_delegate_ip_on_two_hosts_is_wrong_whatever_a_third_has() -> None:
    hosts = {**with_host(addresses=f"3: eth0 inet {IP}/24").hosts, "third": Host("third", trouble="refused")}
    assert found(dataclasses.replace(HEALTHY, hosts=hosts))["delegate-ip"] is FAIL


def test_a_postgresql_that_could_not_be_looked_at_may_be_a_second_primary() -> None:
    assert found(with_postgres(1, instance=None, trouble="refused"))["one-primary"] is UNKNOWN


def test_without_the_primary_s_roles_nothing_is_known_of_passwords() -> None:
    assert found(with_postgres(0, roles=None)) == {"role": UNKNOWN, "pool-passwd": UNKNOWN}


def test_two_primaries_and_none() -> None:
    assert "one-primary" in found(with_server(1, in_recovery=False, receiver=None))
    assert "one-primary" in found(with_server(0, in_recovery=True, receiver=Receiver("streaming", 2, "x", 1)))


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_whatever_a_host_answers_no_password_is_told(passwd: str, pcp: str, addresses: str) -> None:
    told = examine(with_host(passwd=f"pgpool:TEXTs3cr3t\n{passwd}", pcp=pcp, addresses=addresses))
    assert "s3cr3t" not in doctor_report.as_json(told) + doctor_report.text(told, tells_all=True)
