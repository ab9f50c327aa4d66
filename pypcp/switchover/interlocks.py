"""The interlocks: each one question over the facts, answered with a refusal or with None.

What rejoin asks is asked here too, with rejoin's functions: of the node that it is a sound standby of the one primary,
and of the old primary, as it will be, that it can be started as a standby.
"""

from __future__ import annotations

from pypcp.postgres.lsn import show
from pypcp.rejoin import interlocks as of_rejoin
from pypcp.rejoin.interlocks import changing, identity
from pypcp.rejoin.refusals import Refusal
from pypcp.rejoin.states import is_following
from pypcp.switchover.facts import Facts

NODES = "Look at the nodes: pypcp status"


def node_runs(facts: Facts) -> Refusal | None:
    """Only a running standby can have everything."""
    node = facts.node
    if not node.instance or node.instance.pid:
        return None
    return Refusal("node-down", f"{node.pool.label} does not run", f"Bring it back first: pypcp rejoin {node.pool.id}")


def node_is_on_the_primarys_timeline(facts: Facts) -> Refusal | None:
    """On another one it has another history."""
    node, primary = facts.node.instance, facts.primary
    if not (node and node.server and primary and primary.instance):
        return None
    if node.timeline == primary.instance.timeline:
        return None
    return Refusal(
        "other-timeline",
        f"{facts.node.pool.label} is on timeline {node.timeline}, the primary {primary.pool.label} on "
        f"{primary.instance.timeline}",
        f"Bring it back first: pypcp rejoin {facts.node.pool.id}",
    )


def node_streams_from_the_primary(facts: Facts) -> Refusal | None:
    """As both of them say. A primary that stops waits only for standbys that stream."""
    node, primary = facts.node.instance, facts.primary
    if not (node and node.server and primary) or is_following(facts.now):
        return None
    receiver = node.server.receiver
    seen = f"its WAL receiver: {receiver.status}" if receiver else "it has no WAL receiver"
    return Refusal(
        "not-streaming",
        f"{facts.node.pool.label} does not stream from the primary {primary.pool.label} ({seen})",
        f"Bring it back first: pypcp rejoin {facts.node.pool.id}",
    )


def node_is_known_to_the_primary(facts: Facts) -> Refusal | None:
    """By a name of its own, so that commits can be told to wait for it."""
    if not is_following(facts.now) or (facts.sender and facts.sender.application_name):
        return None
    name = facts.node.pool.application_name
    return Refusal(
        "no-name-of-its-own",
        f"in the primary's pg_stat_replication it cannot be told which standby is {facts.node.pool.label}",
        f"Give each standby an application_name in primary_conninfo, the same as pgpool's "
        f"backend_application_name{facts.node.pool.id} (now {name!r}).",
    )


def node_is_close_behind(facts: Facts) -> Refusal | None:
    """What it still has to replay is time without a primary."""
    lag, limit = facts.lag, facts.request.max_lag
    if lag is None or lag <= limit:
        return None
    assert facts.primary and facts.primary.instance and facts.primary.instance.server
    return Refusal(
        "too-far-behind",
        f"{facts.node.pool.label} has still to replay {lag} bytes of WAL (the primary is at "
        f"{show(facts.primary.instance.server.lsn)}), more than {limit}",
        "Wait until it has, or allow more: --max-lag",
    )


def node_is_in_service(facts: Facts) -> Refusal | None:
    """pgpool promotes no node that it has down."""
    pool = facts.node.pool
    if pool.in_service:
        return None
    return Refusal(
        "node-not-in-service", f"pgpool has {pool.label} {pool.status}", f"Bring it back first: pypcp rejoin {pool.id}"
    )


def pgpool_promotes_this_node(facts: Facts) -> Refusal | None:
    """Its failover command is given the first node that is left (``%m``), and its health check may call it any time."""
    rivals = [each.pool for each in facts.bystanders if each.pool.in_service and each.pool.id < facts.node.pool.id]
    if not facts.primary or not rivals or not facts.settings.get("failover_command", "").strip():
        return None
    return Refusal(
        "pgpool-promotes-another",
        f"pgpool's failover_command would promote the node with the lowest id, {rivals[0].label}, not "
        f"{facts.node.pool.label}",
        f"Take it out of service meanwhile: pypcp detach -n {rivals[0].id}",
    )


def pgpool_may_let_go_of_the_primary(facts: Facts) -> Refusal | None:
    """With DISALLOW_TO_FAILOVER pgpool never gives up a node, so it never takes another one for the primary."""
    primary = facts.primary
    if not primary or "DISALLOW_TO_FAILOVER" not in facts.settings.get(f"backend_flag{primary.pool.id}", ""):
        return None
    return Refusal(
        "failover-disallowed",
        f"pgpool's backend_flag{primary.pool.id} has DISALLOW_TO_FAILOVER: it would not give up {primary.pool.label}",
        "Change it in pgpool.conf, which needs a restart of pgpool.",
    )


def node_has_a_wal_sender_free(facts: Facts) -> Refusal | None:
    """The old primary needs one, to stream from it."""
    node = facts.node.instance
    if not (node and node.server and "max_wal_senders" in node.server.settings):
        return None
    has, used = int(node.server.settings["max_wal_senders"]), len(node.server.senders)
    if has > used:
        return None
    return Refusal(
        "no-wal-sender",
        f"{facts.node.pool.label} has max_wal_senders = {has}, and {used} in use: the old primary could not stream",
        f"Raise max_wal_senders in {node.config_file} on {node.host}, and restart it.",
    )


def systemd_leaves_it_stopped(facts: Facts) -> Refusal | None:
    """A unit that starts it again by itself, though it ended cleanly, would have two primaries (systemd.service(5))."""
    unit, primary = facts.unit, facts.primary
    if not (unit and primary) or facts.request.service or unit.restart not in ("always", "on-success"):
        return None
    return Refusal(
        "systemd-restarts-it",
        f"systemd runs {primary.pool.label} as {unit.name}, and would start it again (Restart={unit.restart})",
        f"Have it stopped by systemd: --service {unit.name}",
    )


def the_unit_may_be_stopped(facts: Facts) -> Refusal | None:
    """From here, without a password: asked before anything is done."""
    unit, primary = facts.unit, facts.primary
    if not (unit and unit.may_not_stop and primary and primary.instance) or not facts.request.service:
        return None
    return Refusal(
        "service-stop-not-allowed",
        f"the unit {unit.name} on {primary.instance.host} may not be stopped from here without a password: "
        f"{unit.may_not_stop}",
        f"Connect as root, or allow it in sudoers there, for whoever connects: NOPASSWD: systemctl stop {unit.name}",
    )


def the_unit_does_not_run_beside(facts: Facts) -> Refusal | None:
    """One that is active, or about to be, and does not run the primary may do anything with it."""
    others = [each for each in facts.units if each is not facts.unit and each.active not in ("inactive", "failed", "")]
    if not facts.request.service or not others or not facts.primary:
        return None
    return Refusal(
        "service-beside",
        f"systemd has the unit {others[0].name} as {others[0].active}, but it does not run {facts.primary.pool.label}",
        f"See what it is: systemctl status {others[0].name}",
    )


ABOUT_THE_NODE = of_rejoin.ALWAYS
OWN = (
    node_runs,
    node_is_on_the_primarys_timeline,
    node_streams_from_the_primary,
    node_is_known_to_the_primary,
    node_is_close_behind,
    node_is_in_service,
    pgpool_promotes_this_node,
    pgpool_may_let_go_of_the_primary,
    node_has_a_wal_sender_free,
    systemd_leaves_it_stopped,
    the_unit_may_be_stopped,
    the_unit_does_not_run_beside,
)
ABOUT_THE_WAY_BACK = (
    identity.target_has_programs,
    identity.target_is_a_data_directory,
    identity.port_is_pgpools,
    changing.no_rewind_died_half_way,
    *of_rejoin.BEFORE_CHANGES,
    *of_rejoin.STARTING,
)
