"""Empty the query cache: ``G``, since 4.6 (pcp_worker.c, ``process_invalidate_query_cache``)."""

from __future__ import annotations

from pypcp.commands import Command, Request, order


def invalidate_query_cache() -> Command[None]:
    """Have pgpool forget its cached results. Refused where memory_cache_enabled is off.

    Only a flag is set: the next child that handles a query does the work.
    """
    return order("invalidate the query cache", Request(b"G"))
