"""The status as a document for programs. Keys are stable; what is not known is None."""

from __future__ import annotations

from pypcp.postgres import lsn
from pypcp.status import view
from pypcp_cli.nodes import node_document
from pypcp_cli.render import as_json, utc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pypcp.status.facts import Facts, Server
    from pypcp.status.finding import Finding


def as_text(found: Sequence[tuple[Facts, list[Finding]]], *, is_list: bool) -> str:
    """One cluster as a document, or several under ``clusters``, each on a line of its own."""
    clusters = [_cluster(facts, findings) for facts, findings in found]
    return f'{{"clusters": {as_json(clusters).rstrip()}}}\n' if is_list else as_json(clusters[0])


def _cluster(facts: Facts, findings: list[Finding]) -> dict[str, Any]:
    by_sql = {node.id: node for node in facts.pool_nodes or ()}
    nodes = view.nodes(facts)
    return {
        "pgpool": facts.pgpool,
        "time": utc(facts.moment),
        "healthy": not any(finding.severity.value != "note" for finding in findings),
        "version": facts.version,
        "mode": facts.mode,
        "nodes": [
            {
                **node_document(node),
                "select_cnt": by_sql[node.id].select_cnt if node.id in by_sql else None,
                "status_over_sql": by_sql[node.id].status.value if node.id in by_sql else None,
                "postgres": _server(facts.servers.get(node.id)),
            }
            for node in nodes
        ],
        "watchdog": watchdog_document(facts),
        "problems": [finding_document(each) for each in findings if each.severity.value != "note"],
        "notes": [finding_document(each) for each in findings if each.severity.value == "note"],
        "sources": [
            {"name": source.name, "seconds": source.seconds, "error": source.error, "silent": source.is_silent}
            for source in facts.sources
        ],
    }


def finding_document(finding: Finding) -> dict[str, Any]:
    """A finding: ``kind`` is for programs, ``text`` and ``mend`` for people."""
    return {
        "kind": finding.kind,
        "severity": finding.severity.value,
        "node": finding.node,
        "text": finding.text,
        "mend": finding.mend or None,
    }


def _server(server: Server | None) -> dict[str, Any] | None:
    if server is None:
        return None
    receiver = server.receiver
    return {
        "server_version": server.version,
        "in_recovery": server.in_recovery,
        "system_identifier": None if server.system_identifier is None else str(server.system_identifier),
        "timeline": server.timeline,
        "lsn": None if server.lsn is None else lsn.show(server.lsn),
        "replayed": None if server.replayed is None else lsn.show(server.replayed),
        "receives_from": None if receiver is None else {"host": receiver.sender_host, "port": receiver.sender_port},
        "receiver_status": receiver.status if receiver else None,
        "sends_to": [
            {"application_name": each.application_name, "address": each.client_address, "state": each.state}
            for each in server.senders
        ],
    }


def watchdog_document(facts: Facts) -> dict[str, Any] | None:
    """The watchdog; None where there is none. ``delegate_ip_host`` is None where it was not seen who has it."""
    watchdog = facts.watchdog
    if watchdog is None:
        return None
    return {
        "quorum": watchdog.quorum.name.lower(),
        "leader": watchdog.leader_name,
        "leader_hostname": watchdog.leader_hostname,
        "escalated": watchdog.is_escalated,
        "delegate_ip": facts.delegate_ip,
        "delegate_ip_host": view.holder(facts),
        "members": [
            {
                "id": member.id,
                "name": member.name,
                "hostname": member.hostname,
                "state": member.state_name,
                "priority": member.priority,
                "delegate_ip": member.delegate_ip,
            }
            for member in watchdog.nodes
        ],
    }
