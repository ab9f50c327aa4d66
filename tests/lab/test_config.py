"""pgpool's own files, changed by pypcp under a real pgpool: it takes what was written, and says the same of itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import pypcp
from pypcp.lab import Workshop, postgres
from pypcp.lab.layout import PGPOOL_HOST
from pypcp.lab.passwords import SUPERUSER

pytestmark = pytest.mark.lab

PYPCP = [str(Path(sys.executable).with_name("pypcp")), "--cluster", "lab"]
Ran = subprocess.CompletedProcess[str]


def run(*words: str, stdin: str = "") -> Ran:
    return subprocess.run([*PYPCP, *words], capture_output=True, text=True, timeout=55, input=stdin)


def can_log_in(shop: Workshop, role: str, password: str) -> bool:
    """Whether a session through pgpool works."""
    through = f"host={PGPOOL_HOST} port={shop.lab.port} user={role} dbname=postgres"
    psql = [str(shop.runner.bindir / "psql"), "-X", "-q", "-w", "-d", through, "-c", "SELECT 1"]
    ran = subprocess.run(psql, capture_output=True, timeout=30, env={**os.environ, "PGPASSWORD": password})
    return ran.returncode == 0


def test_a_new_pcp_user_logs_in_at_once(fresh_lab: Workshop, tmp_path: Path) -> None:
    lab = fresh_lab.lab
    file = str(lab.pgpool / "pcp.conf")
    before = os.stat(file)
    assert run("pcp-user", "add", "second", "--file", file, stdin="pass:word\n").returncode == 0
    passfile = tmp_path / "pcppass"
    passfile.touch(0o600)
    passfile.write_text("*:*:second:pass\\:word\n")
    with pypcp.connect(PGPOOL_HOST, lab.pcp_port, "second", passfile=str(passfile)) as pcp:
        assert pcp.node_count() == 2
    after = os.stat(file)
    assert (after.st_uid, after.st_mode) == (before.st_uid, before.st_mode)


def test_a_role_logs_in_after_a_reload(fresh_lab: Workshop, eventually: Callable[..., None]) -> None:
    lab = fresh_lab.lab
    node = lab.node(0)
    file = str(lab.pgpool / "pool_passwd")
    postgres.sql(fresh_lab.runner, lab, node, "CREATE ROLE clear LOGIN PASSWORD 'a:b\\c'")
    postgres.sql(fresh_lab.runner, lab, node, f"CREATE ROLE hashed LOGIN PASSWORD 'md5{'0' * 32}'")
    server = f"host={node.host} port={node.port} user={SUPERUSER} dbname=postgres passfile='{lab.pgpass}'"
    for way in (["--psql"], []):
        taken = run("pool-passwd", "from-server", *way, "--server", server, "--file", file, "hashed", "clear")
        assert taken.returncode == 1 and "clear: the server keeps it for SCRAM" in taken.stderr
    assert not can_log_in(fresh_lab, "clear", "a:b\\c")
    assert run("pool-passwd", "add", "--text", "clear", "--file", file, stdin="a:b\\c\n").returncode == 0
    kinds = {
        row["role"]: row["kind"] for row in json.loads(run("pool-passwd", "list", "--json", "--file", file).stdout)
    }
    assert (kinds["hashed"], kinds["clear"]) == ("md5", "TEXT")
    assert run("reload-config").returncode == 0
    eventually(lambda: can_log_in(fresh_lab, "clear", "a:b\\c"), within=20)


def test_pgpool_says_of_itself_what_was_set(fresh_lab: Workshop, eventually: Callable[..., None]) -> None:
    file = str(fresh_lab.lab.pgpool / "pgpool.conf")
    assert run("config", "diff", file).returncode == 0
    assert run("config", "set", "--file", file, "health_check_period=2s").returncode == 2, "pgpool would not take it"
    done = run("config", "set", "--file", file, "sr_check_period=2s", "log_connections=yes")
    assert done.returncode == 0 and "reload" in done.stdout, done
    differing = run("config", "diff", file)
    assert differing.returncode == 1 and "sr_check_period" in differing.stdout
    assert run("reload-config").returncode == 0
    eventually(lambda: run("config", "diff", file).returncode == 0, within=20)
    assert run("config", "get", "--file", file, "sr_check_period").stdout == "2s\n"
