"""Detach a node: ``D``, or ``d`` to wait for its sessions (pcp_worker.c, ``process_detach_node``)."""

from __future__ import annotations

from pypcp.commands import Command, Request, node_id_text, order


def detach(node_id: int, *, gracefully: bool = False) -> Command[None]:
    """Ask pgpool to take the node out of service, ``gracefully`` when all client sessions have ended.

    The reply says that the request was queued. A graceful one whose sessions do not end in time is answered with
    success too, and nothing is detached. :mod:`pypcp.membership` looks at the effect.
    """
    kind = b"d" if gracefully else b"D"
    return order(f"detach node {node_id}", Request(kind, node_id_text(node_id), answer=b"d"))
