"""The watchdog cluster: ``W``, answered in JSON (watchdog.c, ``get_node_list_json``)."""

from __future__ import annotations

from pypcp import wire
from pypcp.commands import Command, Reply, Request, question
from pypcp.errors import MalformedReply, WrongUsage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pypcp.records import Watchdog, WatchdogNode

ALL = -1
# "Not Set" with a space for a leader, "Not_Set" for the rest.
_NOT_SET = ("Not Set", "Not_Set", "")


def watchdog_info(watchdog_id: int | None = None) -> Command[Watchdog]:
    """The whole watchdog cluster, or with one member only. Refused where the watchdog is off.

    For a member that does not exist pgpool answers with one whose id is -1.
    """
    if watchdog_id is not None and (isinstance(watchdog_id, bool) or not isinstance(watchdog_id, int)):
        raise WrongUsage(f"use {watchdog_id!r} as a watchdog id", "it is a number")
    payload = wire.text(str(ALL if watchdog_id is None else watchdog_id))
    return question("ask for the watchdog", Request(b"W", payload), _read)


def _read(reply: Reply) -> Watchdog:
    import json

    from pypcp.records import Quorum, Watchdog

    try:
        document = json.loads("\0".join(reply.fields))
        status = _integer(document, "QuorumStatus")
        return Watchdog(
            remote_node_count=_integer(document, "RemoteNodeCount"),
            member_remote_node_count=_integer_or_none(document, "MemberRemoteNodeCount"),
            nodes_required_for_quorum=_integer_or_none(document, "NodesRequireForQuorum"),
            alive_remote_node_count=_integer(document, "AliveNodeCount"),
            quorum=Quorum(status) if status in (1, 0, -1, -2) else Quorum.UNKNOWN,
            quorum_status=status,
            is_escalated=bool(_integer(document, "Escalated")),
            leader_name=_leader(document, "NodeName"),
            leader_hostname=_leader(document, "HostName"),
            nodes=tuple(map(_node, document["WatchdogNodes"])),
            document=document,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        # up to 4.2.21 and the like a quote in a name is sent as it is, and breaks the JSON
        raise MalformedReply("read the watchdog info", f"it is not the JSON that pgpool sends ({error})") from None


def _node(member: dict[str, Any]) -> WatchdogNode:
    from pypcp.records import WatchdogNode

    started = _integer_or_none(member, "LifecheckStarted")
    return WatchdogNode(
        id=_integer(member, "ID"),
        name=_text(member, "NodeName"),
        hostname=_text(member, "HostName"),
        delegate_ip=_set(_text(member, "DelegateIP")),
        watchdog_port=_integer(member, "WdPort"),
        pgpool_port=_integer(member, "PgpoolPort"),
        priority=_integer(member, "Priority"),
        state=_integer(member, "State"),
        state_name=_text(member, "StateName"),
        membership=_integer_or_none(member, "Membership"),
        membership_name=_text(member, "MembershipString") if "MembershipString" in member else None,
        lifecheck_started=None if started is None else bool(started),
    )


def _leader(document: dict[str, Any], what: str) -> str | None:
    """The leader's name: up to 4.1 it is called the master."""
    return _set(_text(document, f"Leader{what}" if f"Leader{what}" in document else f"Master{what}"))


def _set(text: str) -> str | None:
    return None if text in _NOT_SET else text


def _integer(values: dict[str, Any], name: str) -> int:
    value = values[name]
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is {value!r:.40}")
    return value


def _integer_or_none(values: dict[str, Any], name: str) -> int | None:
    return _integer(values, name) if name in values else None


def _text(values: dict[str, Any], name: str) -> str:
    value = values[name]
    if not isinstance(value, str):
        raise TypeError(f"{name} is {value!r:.40}")
    return value
