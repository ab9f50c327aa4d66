"""Attach a node: ``C`` (pcp_worker.c, ``process_attach_node``)."""

from __future__ import annotations

from pypcp.commands import Command, Request, node_id_text, order


def attach(node_id: int) -> Command[None]:
    """Ask pgpool to take the node back into service.

    The reply says that the request was queued, not that it was done: pgpool answers success for a node that is up
    already, for one that it does not have, and when its queue is full. :mod:`pypcp.membership` looks at the effect.
    """
    return order(f"attach node {node_id}", Request(b"C", node_id_text(node_id)))
