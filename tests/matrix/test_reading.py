"""What pgpool tells, asked with the same words whatever its version."""

from __future__ import annotations

import pytest

from pypcp.errors import AuthenticationFailed, PypcpError, ServerRefused
from pypcp.records import NodeRole, NodeStatus
from tests.matrix.conftest import Caller, passfile_with
from tests.matrix.server import Server


def test_node_count(server: Server, caller: Caller) -> None:
    assert caller.ask(server, "node_count") == 2


def test_nodes_are_what_sql_says(server: Server, caller: Caller) -> None:
    nodes = caller.ask(server, "node_infos")
    rows = server.rows("SHOW pool_nodes")
    assert [[str(node.id), node.hostname, str(node.port), node.status.value] for node in nodes] == [r[:4] for r in rows]
    assert [node.role for node in nodes] == [NodeRole.PRIMARY, NodeRole.STANDBY]
    assert [node.weight for node in nodes] == [0.5, 0.5]
    assert all(node.role.value in row for node, row in zip(nodes, rows, strict=True))
    assert (nodes[1].replication_state, nodes[1].replication_sync_state) == ("streaming", "async")
    told = [row[-1] for row in rows]
    assert [f"{node.last_status_change:%Y-%m-%d %H:%M:%S}" for node in nodes] == told


def test_what_only_newer_pgpools_tell(server: Server, caller: Caller) -> None:
    primary, standby = caller.ask(server, "node_infos")
    newer = server.version >= (4, 3)
    assert (primary.pg_status, primary.pg_role) == (("up", "primary") if newer else (None, None))
    assert (standby.pg_status, standby.pg_role) == (("up", "standby") if newer else (None, None))
    assert standby.replication_delay_by_time is (False if server.version >= (4, 4) else None)


def test_one_node(server: Server, caller: Caller) -> None:
    node = caller.ask(server, "node_info", 1)
    place = server.lab.node(1)
    assert (node.id, node.hostname, node.port) == (1, place.host, place.port)
    assert node.status == NodeStatus.UP


def test_a_burst_on_one_connection(server: Server, caller: Caller) -> None:
    count, nodes, settings = caller.burst(server, ("node_count",), ("node_infos",), ("pool_status",))
    assert count == len(nodes)
    assert {setting.name: setting.value for setting in settings}["backend_hostname1"] == nodes[1].hostname


def test_pool_status(server: Server, caller: Caller) -> None:
    settings = {setting.name: setting.value for setting in caller.ask(server, "pool_status")}
    assert settings["backend_data_directory0"] == str(server.lab.node(0).data)
    assert settings["pcp_port"] == str(server.lab.pcp_port)
    assert list(settings) == [row[0] for row in server.rows("SHOW pool_status")]


def test_a_node_that_is_not_there(server: Server, caller: Caller) -> None:
    with pytest.raises(ServerRefused, match="(?i)node"):
        caller.ask(server, "node_info", 7)


@pytest.mark.parametrize("command", ["log_rotate", "invalidate_query_cache"])
def test_what_came_with_4_6(server: Server, caller: Caller, command: str) -> None:
    if server.version >= (4, 6):
        assert caller.ask(server, command) is None
    else:
        with pytest.raises(ServerRefused, match="unknown PCP packet type") as refusal:
            caller.ask(server, command)
        assert "later version" in refusal.value.do
    assert caller.ask(server, "node_count") == 2


def test_wrong_password(server: Server, caller: Caller) -> None:
    with passfile_with(server, "not-the-password") as passfile:
        with pytest.raises(AuthenticationFailed) as refusal:
            caller.ask(server, "node_count", passfile=passfile)
    assert "not-the-password" not in str(refusal.value)


def test_no_password(server: Server, caller: Caller) -> None:
    with passfile_with(server, "") as passfile:
        passfile.write_text("another-host:1:nobody:nothing\n")
        with pytest.raises(AuthenticationFailed):
            caller.ask(server, "node_count", passfile=passfile)


def test_every_error_is_a_line_or_two(server: Server, caller: Caller) -> None:
    with pytest.raises(PypcpError) as refusal:
        caller.ask(server, "node_info", 9)
    assert len(str(refusal.value).splitlines()) <= 2


def test_processes(server: Server, caller: Caller) -> None:
    """What a client's session is told of, over PCP and over the SQL of that very session."""
    rows = server.rows("SHOW pool_pools")
    processes = caller.ask(server, "proc_info")
    assert len(processes) == len(rows)
    assert {str(process.pid) for process in processes} == {row[0] for row in rows}
    assert {process.pid for process in processes} == set(caller.ask(server, "proc_count"))
    newer = server.version >= (4, 3)
    assert all((process.client_connection_count is not None) == newer for process in processes)


def test_one_process(server: Server, caller: Caller) -> None:
    pid = caller.ask(server, "proc_count")[0]
    slots = caller.ask(server, "proc_info", pid)
    assert {process.pid for process in slots} == {pid}
    with pytest.raises(ServerRefused, match="invalid process ID"):
        caller.ask(server, "proc_info", 999_999_999)


def test_health_check_stats(server: Server, caller: Caller) -> None:
    if server.version < (4, 2):
        with pytest.raises(ServerRefused, match="unknown PCP packet type"):
            caller.ask(server, "health_check_stats", 1)
        return
    stats = caller.ask(server, "health_check_stats", 1)
    place = server.lab.node(1)
    assert (stats.node_id, stats.hostname, stats.port, stats.status) == (1, place.host, place.port, "up")
    assert stats.success_count + stats.fail_count + stats.skip_count == stats.total_count
    row = server.rows("SHOW pool_health_check_stats")[1]
    assert stats.total_count <= int(row[6])


def test_no_watchdog(server: Server, caller: Caller) -> None:
    with pytest.raises(ServerRefused, match="watc(hd|dh)og is not enabled"):
        caller.ask(server, "watchdog_info")
