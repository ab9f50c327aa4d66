"""``pypcp rejoin --service`` on a host as Red Hat's packages leave it, whose systemctl is one of ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts.checks import assert_standby, diverge, pypcp, refuses, rejoin
from tests.hosts.lab.pair import Pair
from tests.hosts.lab.postgres import BIN, DATA, MAJOR, Template

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(240)]
HERE = Path(__file__).parent
UNIT, PLACE = f"postgresql-{MAJOR}", f"/var/lib/pgsql/{MAJOR}/data"
NODE = ("ser.bigdata.wh.com", "--yes", "--service", UNIT)


@pytest.fixture
def pair(template: Template) -> Iterator[Pair]:
    """pgpool is told that the data of ``ser`` are where Red Hat has them: they will be, when it has failed."""
    made = Pair(template)
    conf = made.adm.path("/etc/pgpool2/pgpool.conf")
    text = conf.read_text()
    assert text.count(f"backend_data_directory0 = '{DATA}'") == 1
    conf.write_text(text.replace(f"backend_data_directory0 = '{DATA}'", f"backend_data_directory0 = '{PLACE}'"))
    with made:
        yield made


def become_red_hat(pair: Pair) -> None:
    script = (HERE / "redhat.sh").read_text()
    systemctl = (HERE / "systemctl.sh").read_text().replace("MAJOR", MAJOR)
    pair.ser.run(["bash", "-c", script, "-", MAJOR, str(BIN), DATA, "/home/redhat"], stdin=systemctl)
    pair.postgres[pair.ser].etc = "/home/redhat/pgsql/" + PLACE.removeprefix("/var/lib/pgsql/")


def fails_when(how: str, pair: Pair, *words: str) -> str:
    """It fails where systemctl does so; what was said last."""
    pair.ser.write("/run/systemctl.how", how)
    done = pypcp(pair.adm, "rejoin", *NODE, *words)
    assert done.returncode == 1 and "start it on ser.bigdata.wh.com" in done.stderr, done.stderr
    return done.stderr


def test_the_unit_starts_the_node(pair: Pair) -> None:
    diverge(pair, "kill")
    become_red_hat(pair)

    assert "cannot start /var/lib/pgsql/" in refuses(pair.adm, *NODE[:3], "postgresql-9", "--discard-diverged")
    said = fails_when("lies", pair, "--discard-diverged")
    assert f"systemctl has started {UNIT}, and no server runs in {PLACE}: see the journal" in said
    assert f"Job for {UNIT}.service failed" in fails_when("fails", pair)
    pair.ser.write("/run/systemctl.how", "")
    rejoin(pair.adm, *NODE)

    assert_standby(pair, pair.ser, pair.bak)
    assert pair.ser.run(["cat", f"{PLACE}/postmaster.opts"]).stdout.startswith(f"/usr/pgsql-{MAJOR}/bin/postgres")

    # A standby that was stopped, and somebody who connects as postgres.
    pair.ser.run([f"/usr/pgsql-{MAJOR}/bin/pg_ctl", "--pgdata", PLACE, "stop"], user="postgres")
    pair.pgpool.wait_for("standby down", "primary up")
    done = pair.adm.run(["pypcp", "rejoin", *NODE], user="postgres", check=False)
    assert done.returncode == 6 and "a password is required" in done.stderr, done.stderr
    rule = f"postgres ALL=(root) NOPASSWD: /usr/local/sbin/systemctl start {UNIT}\n"
    pair.ser.write("/etc/sudoers.d/rejoin", rule, mode=0o440)
    done = pair.adm.run(["pypcp", "rejoin", *NODE], user="postgres", check=False)
    assert done.returncode == 0, done.stderr
    assert_standby(pair, pair.ser, pair.bak)
