"""Before 4.3 pgpool tells of one node at a time, and not what PostgreSQL says."""

from __future__ import annotations

from typing import Any

import pytest

import pypcp
from pypcp import membership
from pypcp.errors import RefusedForSafety
from pypcp.membership.change import Wish
from pypcp.records import NodeStatus
from pypcp.testing import PASSWORD, USERNAME, FakePgpool, complete, refusal, rows

WEIGHT = "1073741823.500000"


class Old:
    """A pair on an old pgpool, whose node 1 changes its status as it is told to."""

    def __init__(self, *roles: str) -> None:
        self.status, self._roles = "3", roles

    def answers(self) -> dict[str, Any]:
        return {"L": complete("2"), "I": self._info, "B": rows("ProcessConfig", []), "C": self._attached}

    def _info(self, request: Any) -> Any:
        wanted = request.payload.rstrip(b"\0")
        if wanted == b"-1":
            return refusal("informing node info failed", "invalid node ID")
        node = int(wanted)
        # 3.6 has no role, and 3.7.23 a quarantine before the weight
        more = ["0", WEIGHT, self._roles[node]] if self._roles else [WEIGHT]
        return complete("host", str(5432 + node), self.status if node else "2", *more)

    def _attached(self, request: Any) -> Any:
        self.status = "1"
        return complete()


def test_attach_goes_on_and_says_what_was_not_checked() -> None:
    with FakePgpool(Old("2", "3").answers()) as pgpool:
        pcp = pypcp.connect(pgpool.host, pgpool.port, USERNAME, PASSWORD)
        outcome = membership.attach(pcp, "host:5433", Wish(timeout=5))
        pcp.close()
    assert outcome.node.status is NodeStatus.WAITING
    assert "older than 4.3" in outcome.warnings[0]


def test_the_primary_stays_where_its_role_is_told() -> None:
    with FakePgpool(Old("2", "3").answers()) as pgpool:
        pcp = pypcp.connect(pgpool.host, pgpool.port, USERNAME, PASSWORD)
        with pytest.raises(RefusedForSafety, match="is the primary"):
            membership.detach(pcp, 0)
        pcp.close()
    assert not {request.kind for request in pgpool.requests} & {b"D", b"d"}


def test_36_tells_no_roles_but_the_last_node_stays_all_the_same() -> None:
    with FakePgpool(Old().answers()) as pgpool:
        pcp = pypcp.connect(pgpool.host, pgpool.port, USERNAME, PASSWORD)
        with pytest.raises(RefusedForSafety, match="the last node"):
            membership.detach(pcp, 0)
        pcp.close()


def test_no_connection_is_open_between_two_looks_inside_with_either() -> None:
    old = Old("2", "3")
    with FakePgpool(old.answers()) as pgpool:
        with pypcp.connect(pgpool.host, pgpool.port, USERNAME, PASSWORD) as pcp:
            membership.attach(pcp, 1, Wish(timeout=5))
        looks = [request for request in pgpool.requests if request.kind == b"I" and request.payload == b"1\0"]
        assert pgpool.connections >= len(looks)
