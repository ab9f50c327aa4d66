"""Gather the facts, with rejoin's own eyes. Nothing is changed anywhere."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Protocol

from pypcp.postgres import access
from pypcp.postgres.unit import units_for
from pypcp.rejoin import facts as of_rejoin
from pypcp.rejoin import gather as of_rejoin_gather
from pypcp.rejoin.beside import Begun
from pypcp.rejoin.connections import stream_candidates
from pypcp.rejoin.gather import HostOf
from pypcp.switchover.facts import Facts, Request, afterwards, can_be_thought_through


class Pgpool(of_rejoin_gather.Pgpool, Protocol):
    """What is asked of pgpool and done through it."""

    def settings(self) -> Mapping[str, str]:
        """Its settings by name."""
        ...


def gather(pgpool: Pgpool, host_of: HostOf, node_id: int, request: Request, bindir: str = "") -> Facts:
    """The facts about making node ``node_id`` the primary. A host that cannot be reached is a fact too, not an error.

    Raises what the PCP client raises when pgpool cannot be asked, and WrongUsage for an impossible hostname.
    """
    now = of_rejoin_gather.gather(pgpool, host_of, node_id, of_rejoin.Request(), bindir)
    facts = Facts(request, now, pgpool.settings())
    primary = facts.primary
    if not can_be_thought_through(facts) or not (primary and primary.instance and primary.instance.bindir):
        return facts
    after, host = afterwards(facts), host_of(primary.pool)
    assert after.target.instance
    units = Begun(functools.partial(units_for, host, after.target.instance, request.service, stops=True))
    tried = access.try_streaming(host, primary.instance, stream_candidates(after))
    return dataclasses.replace(facts, streaming=tried, units=units.result())
