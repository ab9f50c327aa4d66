"""``pypcp setup`` from bare: two hosts that stream, nothing of pgpool configured."""

from __future__ import annotations

import json

import pytest

from pypcp.setup import pairfile
from tests.hosts.checks import assert_standby, pypcp
from tests.hosts.configured import NAME, describe
from tests.hosts.lab.accounts import ROLES
from tests.hosts.lab.host import Host
from tests.hosts.lab.pair import Pair
from tests.hosts.lab.postgres import DATA
from tests.hosts.lab.waiting import eventually
from tests.hosts.lab.watchdog import VIRTUAL_IP, has_virtual_ip

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(180)]


def test_setup_alone_brings_up_both_pgpools_with_the_virtual_ip(bare_pair: Pair) -> None:
    pair = bare_pair
    describe(pair)
    pair.pgpools[pair.ser].start()  # Debian starts it when it installs it, with nothing configured
    eventually(pair.ser.path("/run/postgresql/pgpool.pid").exists, 30, "pgpool as its package leaves it")

    before = _etc(pair.ser)
    planned = pypcp(pair.adm, "setup", "apply", "--dry-run", "--start", "--restart")
    assert planned.returncode == 0, planned.stderr
    assert _etc(pair.ser) == before
    killed = pair.adm.popen(["pypcp", "setup", "apply", "--start", "--yes"])
    eventually(pair.ser.path("/etc/pgpool2/pgpool_node_id").exists, 30, "the fifth file of the first host")
    killed.kill()
    killed.output()
    done = pypcp(pair.adm, "setup", "apply", "--start", "--restart", "--yes", timeout=120)
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
    _changes_and_goes_back(pair, before)


def test_what_was_set_up_fails_over_and_takes_the_failed_node_back(configured_pair: Pair) -> None:
    pair = configured_pair
    pair.postgres[pair.ser].stop()
    for pgpool in pair.pgpools.values():
        pgpool.wait_for("standby down", "primary up")

    back = pypcp(pair.bak, "--cluster", NAME, "rejoin", pair.ser.name, "--yes")
    assert back.returncode == 0, back.stderr
    assert_standby(pair, pair.ser, pair.bak)
    assert pypcp(pair.adm, "setup", "diff").returncode == 0

    _add_online_recovery(pair)
    pair.postgres[pair.ser].stop()
    for pgpool in pair.pgpools.values():
        pgpool.wait_for("standby down", "primary up")
    pair.ser.run(["rm", "-r", f"{DATA}/base"])
    anew = pypcp(pair.bak, "--cluster", NAME, "recover", pair.ser.name, "--timeout", "90", timeout=100)
    assert anew.returncode == 0, anew.stderr
    assert_standby(pair, pair.ser, pair.bak)
    assert pypcp(pair.adm, "setup", "diff").returncode == 0


def _add_online_recovery(pair: Pair) -> None:
    pair.adm.run(["sed", "-i", 's/^clients = .*/clients = ["app"]\\nrecovery = "postgres"/', "/root/pair.toml"])
    pair.adm.run(["sed", "-i", f's/^app = /postgres = "{ROLES["postgres"]}"\\napp = /', "/root/pair.secrets"])
    done = pypcp(pair.adm, "setup", "apply", "--yes")
    assert done.returncode == 0, done.stderr
    assert "started again" not in done.stdout


def test_what_is_not_as_it_has_to_be_is_told_all_at_once_and_nothing_is_changed(bare_pair: Pair) -> None:
    pair = bare_pair
    describe(pair)
    pair.adm.run(["sed", "-i", "s/^arping = .*/arping = '\\/no\\/arping'/", "/root/pair.toml"])
    pair.adm.run(["sed", "-i", "s/^app = .*/app = 'wrong'/", "/root/pair.secrets"])
    pair.bak.run(["ln", "-s", "/etc/passwd", "/root/.pcppass"])
    pair.bak.path("/var/lib/postgresql/.ssh/authorized_keys").unlink()
    before = _etc(pair.ser)
    _describes_what_it_sees(pair)

    refused = pypcp(pair.adm, "setup", "apply", "--start", "--yes")

    assert refused.returncode == 6
    for part in (
        "/no/arping is no program",
        "password of app",
        "postgres cannot ssh to bak",
        "~root/.pcppass is a symbolic link",
    ):
        assert part in refused.stderr
    assert "wrong" not in refused.stderr
    assert _etc(pair.ser) == before


def _describes_what_it_sees(pair: Pair) -> None:
    hosts = ["--host", pair.ser.name, "--host", pair.bak.name]
    missing = pypcp(pair.adm, "setup", "init", "-o", "/root/seen.toml")
    assert missing.returncode == 2 and "--host, --virtual-ip" in missing.stderr

    done = pypcp(pair.adm, "setup", "init", *hosts, "--virtual-ip", VIRTUAL_IP, "-o", "/root/seen.toml")

    assert done.returncode == 0, done.stderr
    told = pairfile.parse(pair.adm.path("/root/seen.toml").read_text())
    assert [(host.data_directory, host.application_name, host.interface) for host in told.hosts] == [
        (DATA, "ser", "eth0"),
        (DATA, "bak", "eth0"),
    ]
    assert told.users.replication == "repl" and told.users.clients == ("app",)
    assert told.pgpool.directory == "/etc/pgpool2" and told.virtual_ip.prefix == 24
    assert pair.adm.path("/root/seen.secrets").stat().st_mode & 0o777 == 0o600


def _changes_and_goes_back(pair: Pair, before: str) -> None:
    """One more change of the description, and then back to what was before all."""
    assert pypcp(pair.adm, "setup", "diff").returncode == 0

    pair.adm.run(["sed", "-i", "s/^period = 1$/period = 2/", "/root/pair.toml"])
    differs = pypcp(pair.adm, "setup", "diff")
    assert differs.returncode == 1
    assert differs.stdout.count("health_check_period: '1' -> '2'") == 2
    changed = pypcp(pair.adm, "setup", "apply", "--yes")
    assert changed.returncode == 0, changed.stderr
    assert "started again" not in changed.stdout
    undone = pypcp(pair.adm, "setup", "undo", "--yes")
    while undone.stdout == "The files are those from before.\n":  # one for each apply, also for the killed one
        undone = pypcp(pair.adm, "setup", "undo", "--yes")
    assert undone.stdout == "There is nothing to go back to.\n"
    assert _etc(pair.ser) == before


def _etc(host: Host) -> str:
    """Every file that setup may write, with its owner and mode."""
    files = "/etc/pgpool2 /etc/sudoers.d /root/.pgpass /root/.pcppass /var/lib/postgresql/.pgpass"
    looked = f"find {files} -type f -printf '%p %m %u ' -exec md5sum {{}} ';' 2>/dev/null | sort"
    return host.run(["sh", "-c", looked]).stdout
