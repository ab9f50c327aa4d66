"""Online recovery of a node: ``O`` (recovery.c, ``start_recovery``)."""

from __future__ import annotations

from pypcp.commands import Command, Request, node_id_text, order

TIMEOUT = 24 * 3600.0


def recover(node_id: int) -> Command[None]:
    """Have pgpool rebuild a node that is down with its recovery scripts, and attach it.

    The reply comes when all is done: that takes as long as a base backup. Breaking off does not stop the recovery.
    """
    return order(f"recover node {node_id}", Request(b"O", node_id_text(node_id), answer=b"c"), TIMEOUT)
