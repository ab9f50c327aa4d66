"""What pcp_watchdog_info prints (pcp_frontend_client.c, ``output_watchdog_info_result``)."""

from __future__ import annotations

from pypcp.errors import MalformedReply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_QUORUM = {1: "QUORUM EXIST", 0: "QUORUM IS ON THE EDGE", -1: "QUORUM ABSENT"}
ESCALATED, VIP_UP = "Local node escalation", "VIP up on local node"  # the second until 3.6, for the same thing


def text(document: dict[str, Any], *, is_verbose: bool, escalated: str = ESCALATED) -> str:
    """The cluster and its members, from pgpool's JSON of any version."""
    try:
        return _verbose(document, escalated) if is_verbose else _plain(document)
    except (KeyError, TypeError, AttributeError) as error:
        raise MalformedReply("read the watchdog info", f"it is not the JSON that pgpool sends ({error})") from None


def _plain(document: dict[str, Any]) -> str:
    leader = "Leader" if "LeaderNodeName" in document else "Master"
    members = [document["MemberRemoteNodeCount"] + 1] if "MemberRemoteNodeCount" in document else []
    first = [document["RemoteNodeCount"] + 1, *members, _yes(document["Escalated"])]
    lines = [[*first, document[f"{leader}NodeName"], document[f"{leader}HostName"]], []]
    lines += [_member(node) for node in document["WatchdogNodes"]]
    return "".join(" ".join(map(str, line)) + "\n" for line in lines)


def _member(node: dict[str, Any]) -> list[Any]:
    names = ("NodeName", "HostName", "PgpoolPort", "WdPort", "State", "StateName")
    values = [node[name] for name in names]
    if "Membership" in node:
        values += [node["Membership"], node["MembershipString"]]
    if "LifecheckStarted" in node:
        values.append(_yes(node["LifecheckStarted"]))
    return values


def _verbose(document: dict[str, Any], escalated: str) -> str:
    leader = "Leader" if "LeaderNodeName" in document else "Master"
    has_members = "MemberRemoteNodeCount" in document
    quorum = document["QuorumStatus"]
    absent = f"NO {leader.upper()} NODE" if quorum == -2 else "UNKNOWN"
    pairs = [("Total Nodes", document["RemoteNodeCount"] + 1), ("Remote Nodes", document["RemoteNodeCount"])]
    if has_members:
        pairs += [
            ("Member Remote Nodes", document["MemberRemoteNodeCount"]),
            ("Alive Remote Nodes", document["AliveNodeCount"]),
            ("Nodes required for quorum", document["NodesRequireForQuorum"]),
        ]
    pairs.append(("Quorum state", _QUORUM.get(quorum, absent)))
    if not has_members:
        pairs.append(("Alive Remote Nodes", document["AliveNodeCount"]))
    pairs += [
        (escalated, _yes(document["Escalated"])),
        (f"{leader} Node Name", document[f"{leader}NodeName"]),
        (f"{leader} Host Name", document[f"{leader}HostName"]),
    ]
    # the columns became wider with the new labels of 4.3
    width, node_width = (25, 18) if has_members else (21, 15)
    nodes = "".join(_lines(_member_pairs(node), node_width) + "\n" for node in document["WatchdogNodes"])
    return f"Watchdog Cluster Information \n{_lines(pairs, width)}\nWatchdog Node Information \n{nodes}"


def _member_pairs(node: dict[str, Any]) -> list[tuple[str, Any]]:
    pairs = [
        ("Node Name", node["NodeName"]),
        ("Host Name", node["HostName"]),
        ("Delegate IP", node["DelegateIP"]),
        ("Pgpool port", node["PgpoolPort"]),
        ("Watchdog port", node["WdPort"]),
        ("Node priority", node["Priority"]),
        ("Status", node["State"]),
        ("Status Name", node["StateName"]),
    ]
    if "MembershipString" in node:
        pairs.append(("Membership Status", node["MembershipString"]))
    if "LifecheckStarted" in node:
        pairs.append(("Lifecheck Started", _yes(node["LifecheckStarted"])))
    return pairs


def _lines(pairs: Sequence[tuple[str, Any]], width: int) -> str:
    return "".join(f"{label.ljust(width)}: {value}\n" for label, value in pairs)


def _yes(value: Any) -> str:
    return "YES" if value else "NO"
