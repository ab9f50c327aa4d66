"""What changes something: the same words to every version, and what came of it, seen on new connections."""

from __future__ import annotations

import time

import pytest

from pypcp.errors import ConnectionFailed, OperationFailed, ServerRefused
from pypcp.lab.processes import wait_until
from pypcp.records import NodeRole, NodeStatus
from tests.matrix.conftest import Caller
from tests.matrix.server import Server


def statuses(server: Server, caller: Caller) -> list[NodeStatus]:
    return [node.status for node in caller.ask(server, "node_infos")]


def primaries(server: Server, caller: Caller) -> list[int]:
    return [node.id for node in caller.ask(server, "node_infos") if node.role == NodeRole.PRIMARY]


def wait_for_status(server: Server, caller: Caller, node_id: int, *wanted: NodeStatus) -> None:
    assert wait_until(lambda: statuses(server, caller)[node_id] in wanted, within=20, pause=0.1)


@pytest.mark.parametrize("gracefully", [False, True], ids=["at once", "gracefully"])
def test_detach_and_attach(fresh_server: Server, caller: Caller, gracefully: bool) -> None:
    caller.ask(fresh_server, "detach", 1, gracefully=gracefully)
    wait_for_status(fresh_server, caller, 1, NodeStatus.DOWN)
    assert statuses(fresh_server, caller)[0] == NodeStatus.UP
    caller.ask(fresh_server, "attach", 1)
    wait_for_status(fresh_server, caller, 1, NodeStatus.WAITING, NodeStatus.UP)
    assert primaries(fresh_server, caller) == [0]


def test_what_is_down_cannot_be_detached(fresh_server: Server, caller: Caller) -> None:
    caller.ask(fresh_server, "detach", 1)
    wait_for_status(fresh_server, caller, 1, NodeStatus.DOWN)
    with pytest.raises(ServerRefused, match=r"not valid for failover") as refusal:
        caller.ask(fresh_server, "detach", 1)
    assert refusal.value.severity == "ERROR"


def test_promote_moves_pgpools_opinion(fresh_server: Server, caller: Caller) -> None:
    caller.ask(fresh_server, "promote", 1)
    assert wait_until(lambda: primaries(fresh_server, caller) == [1], within=20, pause=0.1)
    assert statuses(fresh_server, caller)[0] == NodeStatus.DOWN


def test_the_primary_cannot_be_promoted(fresh_server: Server, caller: Caller) -> None:
    with pytest.raises(ServerRefused, match="(?i)already primary"):
        caller.ask(fresh_server, "promote", 0)


def test_switchover_takes_the_old_primary_out(fresh_server: Server, caller: Caller) -> None:
    if fresh_server.version < (4, 3):
        pytest.skip(f"pgpool {fresh_server.release.exact_version} promotes without a switchover")
    caller.ask(fresh_server, "promote", 1, switchover=True)
    wait_for_status(fresh_server, caller, 0, NodeStatus.DOWN)


def test_reload(fresh_server: Server, caller: Caller) -> None:
    if fresh_server.version < (4, 2):
        with pytest.raises(ServerRefused):
            caller.ask(fresh_server, "reload_config")
        return
    with (fresh_server.lab.pgpool / "pgpool.conf").open("a") as file:
        file.write("client_idle_limit = 4321\n")

    def is_read() -> bool:
        settings = {setting.name: setting.value for setting in caller.ask(fresh_server, "pool_status")}
        return bool(settings["client_idle_limit"] == "4321")

    assert not is_read()
    caller.ask(fresh_server, "reload_config")
    assert wait_until(is_read, within=10, pause=0.1)


@pytest.mark.parametrize("mode", ["smart", "fast", "immediate"])
def test_stop(fresh_server: Server, caller: Caller, mode: str) -> None:
    caller.ask(fresh_server, "stop_pgpool", mode)
    assert fresh_server.wait_for_end(within=20)
    with pytest.raises(ConnectionFailed):
        caller.ask(fresh_server, "node_count")


def test_recovery_without_scripts_is_refused(fresh_server: Server, caller: Caller) -> None:
    with pytest.raises(OperationFailed):
        caller.ask(fresh_server, "recover", 1)
    assert statuses(fresh_server, caller) == [NodeStatus.UP, NodeStatus.UP]


def test_an_idle_connection_does_not_survive_its_use(fresh_server: Server, caller: Caller) -> None:
    """Up to 4.4 one that stayed open would hold up pgpool's main process after the next node change."""
    began = time.monotonic()
    for node_status in (NodeStatus.DOWN, NodeStatus.UP):
        caller.ask(fresh_server, "detach" if node_status == NodeStatus.DOWN else "attach", 1)
        wanted = (NodeStatus.WAITING, NodeStatus.UP) if node_status == NodeStatus.UP else (node_status,)
        wait_for_status(fresh_server, caller, 1, *wanted)
    assert time.monotonic() - began < 20
