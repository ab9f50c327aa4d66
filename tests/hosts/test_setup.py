"""``pypcp setup`` from bare: two hosts that stream, nothing of pgpool configured."""

from __future__ import annotations

import json

import pytest

from tests.hosts.checks import pypcp
from tests.hosts.configured import NAME, describe
from tests.hosts.lab.host import Host
from tests.hosts.lab.pair import Pair
from tests.hosts.lab.watchdog import VIRTUAL_IP, has_virtual_ip

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(180)]


def test_setup_alone_brings_up_both_pgpools_with_the_virtual_ip(bare_pair: Pair) -> None:
    pair = bare_pair
    describe(pair)

    before = _etc(pair.ser)
    planned = pypcp(pair.adm, "setup", "apply", "--dry-run", "--start")
    assert planned.returncode == 0, planned.stderr
    assert _etc(pair.ser) == before
    done = pypcp(pair.adm, "setup", "apply", "--start", "--yes", timeout=120)
    assert done.returncode == 0, done.stderr
    for pgpool in pair.pgpools.values():
        pgpool.wait_for("primary up", "standby up")

    assert [has_virtual_ip(host) for host in (pair.ser, pair.bak)].count(True) == 1
    assert pair.ser.run(["ps", "-o", "user=", "-C", "pgpool"]).stdout.split().count("root") == 0
    for host in (pair.ser, pair.bak):
        status = pypcp(host, "--cluster", NAME, "status", "--json")
        assert json.loads(status.stdout)["problems"] == []
    through = f"host={VIRTUAL_IP} port=9999 user=app dbname=app"
    assert pair.adm.run(["psql", "-XAtqc", "CREATE TEMP TABLE t (); SELECT 'written'", through]).stdout == "written\n"
    for text in (planned.stdout, planned.stderr, done.stdout, done.stderr):
        assert "secret" not in text.replace("pair.secrets", "")

    again = pypcp(pair.adm, "setup", "apply", "--start", "--yes")
    assert again.returncode == 0
    assert again.stdout == "Nothing to do: all is as described.\n"


def _etc(host: Host) -> str:
    return host.run(["sh", "-c", "cd /etc/pgpool2 && md5sum * && ls -la . /etc/sudoers.d /root"]).stdout
