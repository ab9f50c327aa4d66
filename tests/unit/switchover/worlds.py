"""Made-up states of a cluster before a switchover: an ordinary pair, and worlds at random in which facts are bent."""

from __future__ import annotations

import dataclasses
from random import Random
from typing import Any

from pypcp.postgres.access import Attempt
from pypcp.postgres.instance import Receiver, Sender
from pypcp.rejoin.facts import NodeFacts
from pypcp.rejoin.nodes import PoolNode
from pypcp.switchover.facts import Facts, Request
from tests.unit.rejoin import worlds as w

SETTINGS = {"failover_command": "/etc/pgpool/failover %d", "backend_flag1": "ALLOW_TO_FAILOVER"}
SENDER = Sender("ser", "10.0.0.1", "streaming", w.FORK + 0x5000)
SERVER_SETTINGS = {**w.SETTINGS, "max_wal_senders": "10"}


def pair() -> Facts:
    """Node 0 (ser) streams from node 1 (bak), the primary; nothing stands against a switchover to node 0."""
    now = w.with_target_pool(w.streaming(), status="up", application_name="ser")
    assert now.target.instance and now.target.instance.server
    server = dataclasses.replace(now.target.instance.server, settings=SERVER_SETTINGS)
    now = w.with_source_server(w.with_target(now, server=server), senders=(SENDER,))
    return Facts(Request(), now, SETTINGS, (Attempt({"host": "ser", "user": "repl"}, "", 7),))


def with_node(facts: Facts, **changes: Any) -> Facts:
    """The same with other facts about the instance of the node that shall become primary."""
    return dataclasses.replace(facts, now=w.with_target(facts.now, **changes))


def with_node_server(facts: Facts, **changes: Any) -> Facts:
    """The same with another running server on that node."""
    assert facts.node.instance and facts.node.instance.server
    return with_node(facts, server=dataclasses.replace(facts.node.instance.server, **changes))


def with_primary(facts: Facts, **changes: Any) -> Facts:
    """The same with other facts about the primary's instance."""
    return dataclasses.replace(facts, now=w.with_source(facts.now, **changes))


def with_primary_server(facts: Facts, **changes: Any) -> Facts:
    """The same with another running server on the primary."""
    return dataclasses.replace(facts, now=w.with_source_server(facts.now, **changes))


def with_pool(facts: Facts, **changes: Any) -> Facts:
    """The same with another view of the node in pgpool."""
    return dataclasses.replace(facts, now=w.with_target_pool(facts.now, **changes))


def with_third(facts: Facts, node_id: int, server: Any = None, status: str = "up") -> Facts:
    """The same with one more standby."""
    standby = dataclasses.replace(w.SERVER, in_recovery=True) if server is None else server
    instance = dataclasses.replace(w.SOURCE, host="third", identity="third 1:2", server=standby)
    third = NodeFacts(PoolNode(node_id, "third", 5432, status, "standby", "/data"), instance)
    return dataclasses.replace(facts, now=dataclasses.replace(facts.now, others=(*facts.now.others, third)))


def anything(random: Random) -> Facts:
    """Any state whatever; nearly all are refused."""
    return Facts(_request(random), w.anything(random), _settings(random), _streaming(random))


def nearly(random: Random) -> Facts:
    """The ordinary pair with some facts from any state: many are allowed."""
    facts, other = pair(), w.anything(random)
    if random.random() < 0.3:
        facts = dataclasses.replace(facts, request=_request(random))
    if random.random() < 0.2:
        facts = dataclasses.replace(facts, settings=_settings(random), streaming=_streaming(random))
    for change, source in ((with_node, other.target.instance), (with_primary, other.others[0].instance)):
        if source and random.random() < 0.5:
            names = [field.name for field in dataclasses.fields(source) if field.name not in ("host", "identity")]
            name = random.choice(names)
            facts = change(facts, **{name: getattr(source, name)})
    if facts.node.instance and facts.node.instance.server and random.random() < 0.4:
        receivers = [None, Receiver("streaming", 2, "bak", 5432), Receiver("streaming", 1, "bak", 5432)]
        changes = {
            "receiver": random.choice(receivers),
            "timeline": random.choice([1, 2, 2, 3]),
            "in_recovery": random.random() < 0.8,
            "senders": random.choice([(), (SENDER,) * 9, (SENDER,) * 10]),
        }
        name = random.choice(list(changes))
        facts = with_node_server(facts, **{name: changes[name]})
    if random.random() < 0.3:
        facts = with_pool(facts, status=random.choice(["up", "down", "waiting", "quarantine"]))
    if random.random() < 0.3:
        facts = with_third(facts, random.choice([-1, 2]), status=random.choice(["up", "down"]))
    return facts


def _request(random: Random) -> Request:
    return Request(max_lag=random.choice([0, 1 << 12, 1 << 24]), promote=random.random() < 0.5)


def _settings(random: Random) -> dict[str, str]:
    flag = random.choice(["ALLOW_TO_FAILOVER", "DISALLOW_TO_FAILOVER", "DISALLOW_TO_FAILOVER|ALWAYS_PRIMARY"])
    return {"failover_command": random.choice(["", " ", "/failover %d"]), "backend_flag1": flag}


def _streaming(random: Random) -> tuple[Attempt, ...]:
    trouble = random.choice(["", "", "no pg_hba.conf entry"])
    attempt = Attempt({"host": "ser", "user": "repl"}, trouble, random.choice([7, 7, 7, 8]))
    return random.choice([(attempt,), (attempt,), ()])
