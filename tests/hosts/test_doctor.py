"""``pypcp doctor`` on a pair that setup has made: green, then with one fault at a time, which it names and no other.

One pair for all: each fault is planted, found and healed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import pytest

from tests.hosts.configured import configure
from tests.hosts.lab.host import Host
from tests.hosts.lab.pair import Pair, Pool
from tests.hosts.lab.postgres import DATA, Template
from tests.hosts.lab.waiting import eventually
from tests.hosts.lab.watchdog import VIRTUAL_IP, has_virtual_ip

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(120)]
CONF, PASSWD, PCP = "/etc/pgpool2/pgpool.conf", "/etc/pgpool2/pool_passwd", "/etc/pgpool2/pcp.conf"
FAKE = "/root/fake"  # programs that come before the machine's own, for root on this host
Fault = tuple[Callable[[Pair], AbstractContextManager[None]], set[tuple[str, str]]]


@pytest.fixture(scope="module")
def patient(template: Template) -> Iterator[Pair]:
    with Pair(template, pool=Pool.BARE, settings="wal_keep_size = 1GB\n") as pair:
        configure(pair)
        for host in (pair.ser, pair.bak):  # a line that is gone would leave the setting as it was
            file = host.path(CONF)
            file.write_text(f"{file.read_text()}\nrecovery_user = ''\nrecovery_1st_stage_command = ''\n")
        eventually(lambda: not found(pair), 30, "nothing to find", every=0.5)
        yield pair


def found(pair: Pair) -> set[tuple[str, str]]:
    """What did not pass: check and about."""
    words = ["pypcp", "doctor", "-h", pair.ser.name, "-U", "pgpool", "--json"]
    done = pair.adm.run(words, check=False)
    told = json.loads(done.stdout)
    assert done.returncode == (0 if told["healthy"] else 1)
    assert "-secret" not in done.stdout + done.stderr
    bad = [each for each in told["results"] if each["status"] != "pass"]
    assert all(each["said"] and each["why"] and each["mend"] for each in bad if each["status"] != "unknown")
    return {(each["check"], each["about"] or "") for each in bad}


@contextmanager
def changed(host: Host, path: str, change: Callable[[str], str]) -> Iterator[None]:
    """A file with other contents, its mode and owner kept."""
    file = host.path(path)
    before = file.read_text()
    file.write_text(change(before))
    try:
        yield
    finally:
        file.write_text(before)


@contextmanager
def reloaded(pair: Pair, hosts: list[Host], line: str) -> Iterator[None]:
    """One more line in the pgpool.conf of these hosts, and pgpool has read it."""
    befores = {host: host.path(CONF).read_text() for host in hosts}
    try:
        for host, before in befores.items():
            host.path(CONF).write_text(f"{before}\n{line}\n")
        _reload(pair, hosts)
        yield
    finally:
        for host, before in befores.items():
            host.path(CONF).write_text(before)
        _reload(pair, hosts)


def _reload(pair: Pair, hosts: list[Host]) -> None:
    for host in hosts:
        pair.adm.run(["pypcp", "reload-config", "-h", host.name, "-U", "pgpool"])


@contextmanager
def program(host: Host, name: str, make: list[str]) -> Iterator[None]:
    """A program in front of the machine's own, for root who comes in by ssh."""
    host.make(FAKE)
    host.write("/root/.bashrc", f"PATH={FAKE}:$PATH\n")
    host.run(make)
    try:
        yield
    finally:
        host.run(["rm", "-r", FAKE, "/root/.bashrc"])


@contextmanager
def moded(host: Host, path: str, mode: str) -> Iterator[None]:
    before = host.run(["stat", "-c", "%a", path]).stdout.strip()
    host.run(["chmod", mode, path])
    try:
        yield
    finally:
        host.run(["chmod", before, path])


@contextmanager
def sql(pair: Pair, host: Host, do: str, undo: str) -> Iterator[None]:
    def run(text: str) -> None:
        pair.postgres[host].sql(text)
        pair.postgres[host].sql("SELECT pg_reload_conf()")

    run(do)
    try:
        yield
    finally:
        run(undo)


@contextmanager
def delegate_ip(host: Host) -> Iterator[None]:
    """The delegate IP, on this host too."""
    host.run(["ip", "address", "add", f"{VIRTUAL_IP}/24", "dev", "eth0"])
    try:
        yield
    finally:
        host.run(["ip", "address", "delete", f"{VIRTUAL_IP}/24", "dev", "eth0"])


@contextmanager
def hba(pair: Pair, host: Host, line: str) -> Iterator[None]:
    try:
        with changed(host, f"{DATA}/pg_hba.conf", lambda text: f"{line}\n{text}"):
            pair.postgres[host].sql("SELECT pg_reload_conf()")
            yield
    finally:
        pair.postgres[host].sql("SELECT pg_reload_conf()")


SER, BAK = "ser.bigdata.wh.com", "bak.bigdata.wh.com"
CLOCK = f'printf \'#!/bin/sh\\nexec /bin/date -d "60 seconds" "$@"\\n\' >{FAKE}/date; chmod 755 {FAKE}/date'
SCRIPT = "/etc/pgpool2/failover.sh"


def other(pair: Pair) -> Host:
    """The host that does not have the delegate IP."""
    return pair.bak if has_virtual_ip(pair.ser) else pair.ser


@contextmanager
def world_writable(pair: Pair) -> Iterator[None]:
    pair.bak.write(SCRIPT, "#!/bin/sh\n", "postgres", 0o777)
    with changed(pair.bak, CONF, lambda text: f"{text}\nfailover_command = 'sudo -n sh {SCRIPT} %d'\n"):
        yield


@contextmanager
def two_scripts(pair: Pair) -> Iterator[None]:
    """The same command on both hosts, which is not the same script."""
    with ExitStack() as changes:
        for host in (pair.ser, pair.bak):
            host.write(SCRIPT, f"#!/bin/sh\n# {host.name}\n", "postgres", 0o755)
            changes.enter_context(changed(host, CONF, lambda text: f"{text}\nfailover_command = '{SCRIPT} %d'\n"))
        yield


FAULTS: dict[str, Fault] = {
    "a clock that is wrong": (
        lambda pair: program(pair.bak, "date", ["sh", "-c", CLOCK]),
        {("clock", BAK)},
    ),
    "a name that means something else": (
        lambda pair: changed(pair.bak, "/etc/hosts", lambda text: f"{text}192.168.70.250 {SER}\n"),
        {("name", SER)},
    ),
    "ssh that refuses": (
        lambda pair: changed(pair.bak, "/var/lib/postgresql/.ssh/authorized_keys", lambda text: "#\n"),
        {("ssh", f"{SER} to {BAK}"), ("ssh", f"{BAK} to {BAK}")},
    ),
    "a role that is missing": (
        lambda pair: reloaded(pair, [pair.ser, pair.bak], "recovery_user = 'nosuch'"),
        {("role", "recovery_user = nosuch")},
    ),
    "an extension that is missing": (
        lambda pair: reloaded(pair, [pair.ser, pair.bak], "recovery_1st_stage_command = 'recovery'"),
        {("extension", "template1")},
    ),
    "a wrong pool_passwd entry": (
        lambda pair: changed(pair.bak, PASSWD, lambda text: text.replace("app:TEXT", "app:TEXTnot")),
        {("pool-passwd", BAK)},
    ),
    "a password that was changed": (
        lambda pair: sql(pair, pair.ser, "ALTER ROLE app PASSWORD 'new'", "ALTER ROLE app PASSWORD 'app-secret'"),
        {("pool-passwd", SER), ("pool-passwd", BAK)},
    ),
    "pg_hba.conf in one direction only": (
        lambda pair: hba(pair, pair.bak, "host replication all 192.168.70.100/32 reject"),
        {("replication-allowed", f"node 0 ({SER}) from node 1 ({BAK})")},
    ),
    "too little WAL kept": (
        lambda pair: sql(pair, pair.ser, "ALTER SYSTEM SET wal_keep_size = 0", "ALTER SYSTEM RESET wal_keep_size"),
        {("wal-kept", f"node 0 ({SER})")},
    ),
    "a pcp.conf entry that leads nowhere": (
        lambda pair: changed(pair.ser, PCP, lambda text: f"{text}ops:no-md5\n"),
        {("pcp-conf", SER)},
    ),
    "a stale pgpool_status": (
        lambda pair: changed(pair.bak, "/var/log/postgresql/pgpool_status", lambda text: "up\ndown\n"),
        {("status-file", BAK)},
    ),
    "the health check off": (
        lambda pair: reloaded(pair, [pair.ser, pair.bak], "health_check_period = 0"),
        {("health-check", SER), ("health-check", BAK)},
    ),
    "no failover command": (
        lambda pair: reloaded(pair, [pair.ser, pair.bak], "failover_command = ''"),
        {("failover-command", SER), ("failover-command", BAK)},
    ),
    "a failover command that differs": (
        lambda pair: reloaded(pair, [pair.bak], "failover_command = '/bin/true %d'"),
        {("same-pgpools", "")},
    ),
    "a failover command that is not there": (
        lambda pair: changed(pair.ser, CONF, lambda text: f"{text}\nfailover_command = 'sh /root/none %d'\n"),
        {("command-runs", f"{SER}: failover_command")},
    ),
    "a failover script that differs": (
        two_scripts,
        {("same-script", "failover_command")},
    ),
    "a script that everybody may write": (
        world_writable,
        {("command-writable", f"{BAK}: failover_command")},
    ),
    "a pgpool.conf that pgpool cannot read": (
        lambda pair: changed(pair.bak, CONF, lambda text: f"{text}\nport = = 9999\n"),
        {("conf", BAK)},
    ),
    "a heartbeat to the wrong port": (
        lambda pair: changed(pair.ser, CONF, lambda text: f"{text}\nheartbeat_port1 = 9699\n"),
        {("heartbeat", f"{SER} to {BAK}")},
    ),
    "the delegate IP on two hosts": (
        lambda pair: delegate_ip(other(pair)),
        {("delegate-ip", VIRTUAL_IP)},
    ),
    "no right to move the address": (
        lambda pair: changed(pair.bak, "/etc/sudoers.d/pypcp-pgpool", lambda text: "#\n"),
        {("interface-command", f"{BAK}: {name}") for name in ("if_up_cmd", "if_down_cmd", "arping_cmd")},
    ),
    "a setuid network tool": (
        lambda pair: program(
            pair.ser, "ip", ["sh", "-c", f"cp $(command -v ip) {FAKE}/ip && chmod 4755 {FAKE}/ip"]
        ),
        {("setuid", SER)},
    ),
    "a password file that everybody reads": (
        lambda pair: moded(pair.ser, PASSWD, "644"),
        {("file-mode", f"{SER}: {PASSWD}")},
    ),
    "a .pcppass that is ignored": (
        lambda pair: moded(pair.bak, "/var/lib/postgresql/.pcppass", "644"),
        {("file-mode", f"{BAK}: /var/lib/postgresql/.pcppass")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_is_named_and_no_other(patient: Pair, fault: str) -> None:
    """What is healed, and what pgpool has read again, is seen in its own time: so the look is repeated for a while."""
    plant, expected = FAULTS[fault]
    end = time.monotonic() + 30
    with plant(patient):
        seen = found(patient)
        while seen != expected and time.monotonic() < end:
            seen = found(patient)
    assert seen == expected
