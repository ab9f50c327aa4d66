"""The client against a real pgpool: all that only reads, a frozen PostgreSQL, and an attach that is seen."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

import pypcp
from pypcp.lab import Workshop
from pypcp.lab.passwords import PGPOOL_USER
from pypcp.records import NodeRole, NodeStatus

pytestmark = pytest.mark.lab


def connected(shop: Workshop, timeout: float | None = None) -> pypcp.Client:
    lab = shop.lab
    return pypcp.connect("127.0.0.1", lab.pcp_port, PGPOOL_USER, passfile=str(lab.pcppass), timeout=timeout)


def test_all_that_only_reads(lab: Workshop) -> None:
    with connected(lab) as pcp:
        assert pcp.node_count() == 2
        nodes = pcp.node_infos()
        assert [node.role for node in nodes] == [NodeRole.PRIMARY, NodeRole.STANDBY]
        assert [node.pg_role for node in nodes] == ["primary", "standby"]
        assert pcp.node_info(1).hostname == nodes[1].hostname
        settings = {setting.name: setting.value for setting in pcp.pool_status()}
        assert settings["backend_hostname1"] == nodes[1].hostname
        assert {process.pid for process in pcp.proc_info()} == set(pcp.proc_count())
        assert pcp.health_check_stats(0).port == nodes[0].port
        with pytest.raises(pypcp.ServerRefused, match="watchdog is not enabled"):
            pcp.watchdog_info()


def test_both_clients_see_the_same(lab: Workshop) -> None:
    async def ask() -> list[object]:
        async with pypcp.aio.connect("127.0.0.1", lab.lab.pcp_port, PGPOOL_USER, passfile=str(lab.lab.pcppass)) as pcp:
            return [await pcp.node_count(), [node.hostname for node in await pcp.node_infos()]]

    with connected(lab) as pcp:
        assert asyncio.run(ask()) == [pcp.node_count(), [node.hostname for node in pcp.node_infos()]]


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_frozen_postgresql_is_told_apart_from_a_frozen_pgpool(fresh_lab: Workshop) -> None:
    pid = int((fresh_lab.lab.node(1).data / "postmaster.pid").read_text().split()[0])
    with frozen(pid):
        began = time.monotonic()
        with pytest.raises(pypcp.DeadlinePassed, match="waiting for a PostgreSQL"):
            connected(fresh_lab, timeout=3).node_infos()
        assert time.monotonic() - began < 5
        assert connected(fresh_lab, timeout=3).node_count() == 2


def test_a_detached_node_is_attached_again(fresh_lab: Workshop, eventually: Callable[..., None]) -> None:
    def status() -> NodeStatus:
        return connected(fresh_lab).node_info(1).status

    connected(fresh_lab).detach(1)
    eventually(lambda: status() is NodeStatus.DOWN)
    connected(fresh_lab).attach(1)
    eventually(lambda: status().is_attached)
