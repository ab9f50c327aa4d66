"""What the tests of rejoin do and look at again and again."""

from __future__ import annotations

import subprocess

from tests.hosts.lab.host import Host
from tests.hosts.lab.ledger import TABLE, Ledger
from tests.hosts.lab.pair import Pair
from tests.hosts.lab.postgres import DATA, MAJOR, Instance
from tests.hosts.lab.waiting import eventually


def pypcp(host: Host, *words: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Run pypcp on a host as root, as an operator would; what it answers, whatever that is."""
    return host.run(["pypcp", *words], check=False, timeout=timeout)


def rejoin(host: Host, *words: str) -> str:
    """``pypcp rejoin`` with these words succeeds; what it printed."""
    done = pypcp(host, "rejoin", *words)
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def refuses(host: Host, *words: str) -> str:
    """``pypcp rejoin`` with these words refuses for safety; what it said."""
    done = pypcp(host, "rejoin", *words)
    assert done.returncode == 6, f"exit {done.returncode}\n{done.stdout}{done.stderr}"
    assert "Traceback" not in done.stderr
    return done.stderr


def diverge(pair: Pair, end: str) -> None:
    """The standby is cut off, the primary goes on alone and ends, the standby takes over."""
    old = pair.postgres[pair.ser]
    pair.cut(pair.ser, pair.bak)
    old.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_replication")
    old.sql("CREATE TABLE lost (n int); INSERT INTO lost SELECT generate_series(1, 1000)", "app")
    old.stop() if end == "stop" else old.kill()
    pair.pgpool.wait_for("standby down", "primary up")
    pair.heal(pair.ser, pair.bak)
    pair.postgres[pair.bak].sql("CREATE TABLE kept (n int); INSERT INTO kept SELECT generate_series(1, 1000)", "app")


def assert_standby(pair: Pair, standby: Host, primary: Host) -> None:
    """``standby`` follows ``primary`` for good: in PostgreSQL, in pgpool, in its files, and in its rows."""
    here, there = pair.postgres[standby], pair.postgres[primary]
    assert there.is_primary() and not here.is_primary()
    streaming = there.standbys()
    assert streaming == [standby.address]
    roles = {primary: "primary up", standby: "standby up"}
    for pgpool in pair.pgpools.values():
        pgpool.wait_for(*(roles[backend] for backend in pgpool.backends), within=10)
    assert here.sql("SHOW cluster_name") == standby.port
    assert standby.path(f"{here.etc}/pg_hba.conf").read_text().startswith(f"# pg_hba.conf of {standby.name}\n")
    conninfo = here.sql("SHOW primary_conninfo")
    assert primary.name in conninfo and "user=repl" in conninfo and "password" not in conninfo
    there.sql("CREATE TABLE IF NOT EXISTS proof (n int); INSERT INTO proof VALUES (1)", "app")
    eventually(lambda: content(here) == content(there), 10, "the same rows on both nodes")


def content(instance: Instance) -> str:
    """All rows of the database ``app``, as one text; without the ledger's, which may be growing right now."""
    named = f"SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> '{TABLE}' ORDER BY 1"
    tables = instance.sql(named, "app").split()
    return "\n".join(instance.sql(f"SELECT '{table}', * FROM {table} ORDER BY 2", "app") for table in tables)


def footprint(host: Host) -> str:
    """Every file under PostgreSQL's home on the host with its size and times: equal when nothing was touched."""
    found = ["find", DATA.removesuffix(f"/{MAJOR}/main"), "-printf", r"%p %s %T@ %m %u\n"]
    return "\n".join(sorted(host.run(found).stdout.splitlines()))


def ledger_of(pair: Pair) -> Ledger:
    """A ledger whose writers run on the admin host and go through the first pgpool."""
    ledger = Ledger(pair.adm, f"host={pair.pgpool.host.name} port=9999 user=app dbname=app")
    ledger.create(pair.postgres[pair.ser])
    return ledger
