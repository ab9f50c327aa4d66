"""Which states a node is in, and what psql's unaligned output becomes."""

from __future__ import annotations

import pytest

from pypcp.errors import WrongUsage
from pypcp.records import Node, NodeRole, NodeStatus
from pypcp.sql import commands, conninfo, program
from pypcp.waiting import is_in


def node(status: NodeStatus = NodeStatus.UP, role: NodeRole | None = NodeRole.STANDBY, **more: str) -> Node:
    return Node(1, "bak", 5432, status, 2, role, **more)  # type: ignore[arg-type]


def test_waiting_is_up_and_quarantine_is_down() -> None:
    assert is_in(node(NodeStatus.WAITING), "up")
    assert is_in(node(NodeStatus.QUARANTINE), "down")
    assert is_in(node(NodeStatus.DOWN), "down")
    assert not is_in(node(NodeStatus.DOWN), "up")


def test_a_role_needs_a_node_that_is_attached_and_a_postgresql_that_agrees() -> None:
    assert is_in(node(), "standby")
    assert is_in(node(pg_role="standby"), "standby")
    assert is_in(node(pg_role="unknown"), "standby")
    assert not is_in(node(pg_role="primary"), "standby")
    assert not is_in(node(NodeStatus.DOWN), "standby")
    assert not is_in(node(), "primary")


def test_streaming() -> None:
    assert is_in(node(replication_state="streaming"), "streaming")
    assert not is_in(node(replication_state="catchup"), "streaming")


def test_a_role_that_this_pgpool_does_not_tell_is_not_waited_for() -> None:
    with pytest.raises(WrongUsage):
        is_in(node(role=None), "primary")


def test_psql_takes_a_description_sent_twice_for_two_results() -> None:
    assert program.read("pool_version\npool_version\x1e4.3.5 (tamahomeboshi)\n") == [
        {"pool_version": "4.3.5 (tamahomeboshi)"}
    ]
    assert program.read("a\x1fb\x1e1\x1ftwo\nlines\x1e3\x1f\n") == [{"a": "1", "b": "two\nlines"}, {"a": "3", "b": ""}]
    assert program.read("") == []


def test_rows_for_programs() -> None:
    assert commands.document({"pool_pid": "7", "database": "", "cache_hit_ratio": "0.00"}) == {
        "pool_pid": 7,
        "database": None,
        "cache_hit_ratio": "0.00",
    }
    secret = {"item": "wd_lifecheck_password", "value": "psst", "description": ""}
    assert "psst" not in commands.document(secret).values()


@pytest.mark.parametrize("text", ["password=x", "host=a PASSWORD = x", "postgresql://me:x@ha/db", "sslpassword=x"])
def test_passwords_stay_out_of_connection_strings(text: str) -> None:
    with pytest.raises(WrongUsage):
        conninfo.checked(text)


@pytest.mark.parametrize(
    "text",
    [
        "host=ha hostaddr=10.0.0.9 port=9999 user=monitor dbname=postgres sslmode=prefer",
        "service=pgpool user='monitor' sslmode = prefer",
        "postgresql://monitor@ha:9999/postgres?sslmode=prefer&hostaddr=10.0.0.9",
        "postgres://monitor@ha,hb:9999?sslmode=prefer",
    ],
)
@pytest.mark.parametrize("host", ["10.0.0.1", "", "/run/post gres'ql"])
def test_a_connection_string_is_turned_to_another_server(text: str, host: str) -> None:
    from psycopg.conninfo import conninfo_to_dict

    found = conninfo_to_dict(conninfo.redirected(text, host, "5433"))
    assert (found["host"], found["port"], found["hostaddr"]) == (host, "5433", "")
    assert (found["user"], found["sslmode"]) == ("monitor", "prefer")


def test_connection_strings_are_quoted() -> None:
    assert conninfo.conninfo(host="ha", port=1, user="o'b \\", dbname=None) == "host=ha port=1 user='o\\'b \\\\'"
    assert conninfo.checked("host=a passfile=/x/y") == "host=a passfile=/x/y"
    assert conninfo.shown("host=ha port=9") == "ha:9"
    assert conninfo.shown("postgresql://me@ha:9/db") == "postgresql://ha:9/db"
