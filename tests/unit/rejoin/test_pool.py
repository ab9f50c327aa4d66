"""What the other pgpools of a watchdog say, of those that can be asked."""

from __future__ import annotations

import pytest

from pypcp.errors import ConnectionFailed
from pypcp.records import Node, NodeRole, Quorum, Setting, Watchdog
from pypcp.rejoin.pool import PcpPool
from tests.unit.status import worlds as s


class Pcp:
    """One pgpool; ``states`` are those of the watchdog's members, itself first. It may not answer for its nodes."""

    def __init__(self, *states: str, use_watchdog: str = "on", answers: bool = True) -> None:
        self.states, self.use_watchdog, self.answers = states, use_watchdog, answers

    def pool_status(self) -> list[Setting]:
        return [Setting("use_watchdog", self.use_watchdog, ""), Setting("backend_data_directory0", "/data", "")]

    def watchdog_info(self) -> Watchdog:
        return s.watchdog(Quorum.EXISTS, None, *self.states)

    def node_info(self, node_id: int) -> Node:
        return self.node_infos()[node_id]

    def node_infos(self) -> list[Node]:
        if not self.answers:
            raise ConnectionFailed("connect", "nobody is there")
        return [s.node(0, NodeRole.PRIMARY)]

    def attach(self, node_id: int) -> None: ...
    def detach(self, node_id: int) -> None: ...


@pytest.mark.parametrize(
    ("states", "answers", "asked", "heard"),
    [
        (("LEADER", "STANDBY", "STANDBY"), True, {"ha1", "ha2"}, ["ha1", "ha2"]),
        (("LEADER", "LOST", "STANDBY"), True, {"ha2"}, ["ha2"]),
        (("LEADER", "SHUTDOWN", "DEAD"), True, set(), []),
        (("LEADER", "STANDBY"), False, {"ha1"}, []),
    ],
)
def test_all_that_are_there_are_asked(
    states: tuple[str, ...], answers: bool, asked: set[str], heard: list[str]
) -> None:
    found = set[str]()

    def elsewhere(host: str) -> Pcp:
        found.add(host)
        return Pcp(answers=answers)

    views = PcpPool(Pcp(*states), elsewhere).views()

    assert (found, [view.pgpool for view in views]) == (asked, heard)
    assert all(view.nodes[0].role == "primary" and view.nodes[0].data_directory == "/data" for view in views)


def test_nobody_else_is_asked_without_a_watchdog() -> None:
    def elsewhere(host: str) -> Pcp:
        pytest.fail(host)

    assert PcpPool(Pcp("LEADER", "STANDBY", use_watchdog="off"), elsewhere).views() == []
    assert PcpPool(Pcp("LEADER", "STANDBY")).views() == []
