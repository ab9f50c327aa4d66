"""Promote a node: ``J``, or ``j`` to wait for the sessions (pcp_worker.c, ``process_promote_node``)."""

from __future__ import annotations

from pypcp.commands import GRACEFUL_TIMEOUT, Command, Request, node_id_text, order


def promote(node_id: int, *, gracefully: bool = False, switchover: bool = False) -> Command[None]:
    """Ask pgpool to take the node for the primary.

    Without ``switchover`` that is all: PostgreSQL is not touched, and every other node is marked down. With it pgpool
    treats the present primary as failed, so that its failover command runs. Up to 4.2 there is no switchover, and
    pgpool takes the request for the plain one without saying so.
    """
    # Since 4.3 pgpool skips two bytes behind the id unseen and reads an option, also where an old client sent none;
    # 4.2 and older read the id only. So this form is right for all.
    option = b"s" if switchover else b"n"
    payload = node_id_text(node_id).removesuffix(b"\0") + b" \0" + option
    request = Request(b"j" if gracefully else b"J", payload, answer=b"d")
    return order(f"promote node {node_id}", request, GRACEFUL_TIMEOUT if gracefully else None)
