"""Detach a node: ``D``, or ``d`` to wait for its sessions (pcp_worker.c, ``process_detach_node``)."""

from __future__ import annotations

from pypcp.commands import GRACEFUL_TIMEOUT, Command, Request, node_id_text, order


def detach(node_id: int, *, gracefully: bool = False) -> Command[None]:
    """Ask pgpool to take the node out of service, ``gracefully`` when all client sessions have ended.

    The reply says that the request was queued. A graceful one whose sessions do not end in time is answered with
    success too, and nothing is detached. :mod:`pypcp.membership` looks at the effect.
    """
    request = Request(b"d" if gracefully else b"D", node_id_text(node_id), answer=b"d")
    return order(f"detach node {node_id}", request, GRACEFUL_TIMEOUT if gracefully else None)
