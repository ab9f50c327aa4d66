"""Everything that a switchover depends on, looked up once, as frozen records. Nothing here does anything."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

from pypcp.postgres.access import Attempt
from pypcp.postgres.instance import Sender
from pypcp.postgres.unit import Unit
from pypcp.rejoin import facts as of_rejoin
from pypcp.rejoin.facts import NodeFacts

MAX_LAG = 16 << 20  # bytes: one WAL segment


@dataclass(frozen=True)
class Request:
    """What the operator asked for.

    ``max_lag`` is how far the standby may be behind, in bytes of WAL. ``promote``: promote it with pg_ctl, even though
    pgpool has a failover command. ``rewind``: rewind the old primary where it needs that, which is when pgpool promoted
    before it had stopped. ``replication_user`` goes before the one that is found. ``service`` is the unit of systemd
    that stops the old primary and starts it again; without one that is done directly.
    """

    max_lag: int = MAX_LAG
    promote: bool = False
    rewind: bool = True
    replication_user: str | None = None
    service: str = ""


@dataclass(frozen=True)
class Facts:
    """The state of the cluster, as far as making another node the primary goes.

    ``now`` has the node that shall become primary as its target, and the primary as its source. ``settings`` are
    pgpool's. ``streaming`` are the connections that were tried from the primary's host to that node, ``units`` those of
    systemd there that was asked for, or that has a usual name.
    """

    request: Request
    now: of_rejoin.Facts
    settings: Mapping[str, str] = field(default_factory=dict)
    streaming: tuple[Attempt, ...] = ()
    units: tuple[Unit, ...] = ()

    @property
    def node(self) -> NodeFacts:
        """The standby that shall become the primary."""
        return self.now.target

    @property
    def primary(self) -> NodeFacts | None:
        """The primary; None when there is none, or more than one."""
        return self.now.source

    @property
    def pgpool_promotes(self) -> bool:
        """Whether the promotion is left to pgpool's failover command."""
        return bool(self.settings.get("failover_command", "").strip()) and not self.request.promote

    @property
    def bystanders(self) -> tuple[NodeFacts, ...]:
        """The nodes that are neither."""
        return tuple(each for each in self.now.others if each is not self.primary)

    @property
    def unit(self) -> Unit | None:
        """The unit of systemd, of those that were looked at, that runs the primary now."""
        pid = self.primary.instance.pid if self.primary and self.primary.instance else None
        return next((each for each in self.units if pid and each.main_pid == pid), None)

    @property
    def lag(self) -> int | None:
        """How much WAL of the primary the node has not replayed, in bytes; None when that is unknown."""
        here = self.node.instance.server if self.node.instance else None
        there = self.primary.instance.server if self.primary and self.primary.instance else None
        if not here or not there:
            return None
        replayed = self.sender.replay if self.sender else None
        return max(0, there.lsn - (here.lsn if replayed is None else replayed))

    @property
    def sender(self) -> Sender | None:
        """What the primary feeds the node with, by the node's application name; where only one streams, that one."""
        there = self.primary.instance.server if self.primary and self.primary.instance else None
        senders = [sender for sender in there.senders if sender.state == "streaming"] if there else []
        named = [sender for sender in senders if sender.application_name == self.node.pool.application_name]
        found = named or senders
        return found[0] if len(found) == 1 else None


def afterwards(facts: Facts) -> of_rejoin.Facts:
    """The cluster as it will be when the old primary, stopped cleanly, is to be rejoined. Needs both to be known."""
    old, new = facts.primary, facts.node
    assert old and old.instance and new.instance and new.instance.server
    stopped = dataclasses.replace(old.instance, pid=None, server=None)
    server = dataclasses.replace(new.instance.server, in_recovery=False, receiver=None)
    units = (dataclasses.replace(each, main_pid=0) if each is facts.unit else each for each in facts.units)
    return of_rejoin.Facts(
        way_back(facts.request),
        NodeFacts(dataclasses.replace(old.pool, status="down", role="standby"), stopped),
        (
            NodeFacts(dataclasses.replace(new.pool, role="primary"), dataclasses.replace(new.instance, server=server)),
            *facts.bystanders,
        ),
        streaming=facts.streaming,
        units=tuple(units),
    )


def way_back(request: Request) -> of_rejoin.Request:
    """What is asked for when the old primary is rejoined."""
    return of_rejoin.Request(replication_user=request.replication_user, service=request.service)


def can_be_thought_through(facts: Facts) -> bool:
    """Whether both servers were seen, the one a primary and the other one a standby."""
    node = facts.node.instance
    return bool(facts.primary and node and node.server and node.server.in_recovery)
