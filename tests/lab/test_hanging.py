"""A query that hangs is given up at its deadline, and leaves no thread behind."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from pypcp.errors import DeadlinePassed
from pypcp.lab import Workshop
from pypcp.sql import session

pytestmark = pytest.mark.lab


def test_a_session_that_hangs_is_ended(lab: Workshop, eventually: Callable[..., None]) -> None:
    node = lab.lab.node(0)
    where = f"host={node.host} port={node.port} user=pgpool dbname=postgres passfile='{lab.lab.pgpass}'"
    before = threading.active_count()
    for _ in range(3):
        with pytest.raises(DeadlinePassed):
            session.query(where, "SELECT pg_sleep(30)", 0.5, "sleep")
    eventually(lambda: threading.active_count() <= before, within=20)
