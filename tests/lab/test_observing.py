"""What is seen of a real cluster: nodes over PCP and over SQL, SHOW commands, waiting."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pypcp import config
from pypcp.lab import Workshop
from pypcp.pool_nodes import parse
from pypcp.sql import session
from pypcp.sql.commands import SHOW

pytestmark = pytest.mark.lab


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """The command, as a user runs it, on the lab's cluster."""
    command = Path(sys.executable).with_name("pypcp")
    return subprocess.run(
        [command, "--cluster", "lab", *arguments], input=stdin, capture_output=True, text=True, timeout=50
    )


def document(*arguments: str, stdin: str = "") -> Any:
    done = run(*arguments, "--json", stdin=stdin)
    assert not done.stderr
    return json.loads(done.stdout)


def lasting(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What both sources tell, and what does not change from moment to moment."""
    passing = ("select_cnt", "load_balance_node", "replication_delay", "replication_delay_unit")
    return [
        {name: value for name, value in node.items() if name not in passing} | {"weight": round(node["weight"], 6)}
        for node in nodes
    ]


def test_sql_and_pcp_tell_the_same_nodes(lab: Workshop) -> None:
    by_sql = document("nodes")
    assert lasting(by_sql) == lasting(document("nodes", "--psql"))
    assert lasting(by_sql) == lasting(document("node-info"))
    assert all(node["select_cnt"] is not None for node in by_sql)


@pytest.mark.parametrize("what", SHOW)
def test_show_is_the_same_through_psycopg_and_psql(lab: Workshop, what: str) -> None:
    by_session, by_program = document("show", what), document("show", what, "--psql")
    assert by_session
    assert [list(row) for row in by_session] == [list(row) for row in by_program]


def test_a_session_can_be_asked_more_often_than_psycopg_prepares(lab: Workshop) -> None:
    for _ in range(7):
        assert session.show(config.cluster("lab").sql or "", "pool_version", 10)


def test_what_psql_prints_for_the_lab_is_read(lab: Workshop) -> None:
    printed = subprocess.run(
        ["psql", "-X", "-d", config.cluster("lab").sql or "", "-c", "show pool_nodes"],
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    ).stdout
    read = document("nodes", "--input", "-", stdin=printed)
    keys = ("id", "hostname", "port", "status", "role", "last_status_change")
    assert [[node[key] for key in keys] for node in read] == [[node[key] for key in keys] for node in document("nodes")]


def test_postgresql_itself_is_not_taken_for_pgpool(lab: Workshop) -> None:
    node = lab.lab.node(0)
    where = f"host={node.host} port={node.port} user=pgpool dbname=postgres passfile='{lab.lab.pgpass}'"
    done = run("show", "version", "--sql", where)
    assert done.returncode == 1
    assert "unrecognized" in done.stderr


def test_a_password_in_a_connection_string_is_refused(lab: Workshop) -> None:
    done = run("show", "version", "--sql", "host=127.0.0.1 password=open-to-all")
    assert done.returncode == 2
    assert "open-to-all" not in done.stderr


def test_waiting(lab: Workshop, eventually: Callable[..., None]) -> None:
    assert run("wait", "-n", "1", "--for", "streaming", "--timeout", "20").returncode == 0
    assert document("wait", "0", "--for", "primary")["role"] == "primary"
    late = run("wait", "-n", "0", "--for", "down", "--timeout", "1")
    assert late.returncode == 5
    assert "is up" in late.stderr or "is waiting" in late.stderr
    assert run("wait", "-n", "7", "--for", "up").returncode == 2


def test_what_psql_prints_in_every_format_is_read(lab: Workshop) -> None:
    named = ("border", "linestyle", "format", "tuples_only", "expanded")
    wanted = itertools.product(
        "012", ("ascii", "old-ascii", "unicode"), ("aligned", "unaligned", "csv"), ("off", "on"), ("off", "on")
    )
    script = [
        "\n".join(f"\\pset {name} {value}" for name, value in zip(named, values, strict=True))
        + "\n\\echo ====\nshow pool_nodes;"
        for values in wanted
    ]
    printed = subprocess.run(
        ["psql", "-X", "-q", "-d", config.cluster("lab").sql or ""],
        input="\n".join(script),
        capture_output=True,
        text=True,
        check=True,
        timeout=50,
    ).stdout.split("====\n")[1:]
    assert len(printed) == len(script)
    told = {tuple((node.id, node.port, node.status, node.role) for node in parse(text)) for text in printed}
    assert len(told) == 1
