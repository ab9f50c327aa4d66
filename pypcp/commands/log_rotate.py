"""Rotate the log: ``V``, since 4.6 (pcp_worker.c, ``process_log_rotate``)."""

from __future__ import annotations

from pypcp.commands import Command, Request, order, scope_letter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pypcp.commands import Scope


def log_rotate(scope: Scope = "local") -> Command[None]:
    """Have pgpool begin a new log file, with scope "cluster" every pgpool of the watchdog.

    Refused where logging_collector is off.
    """
    return order("rotate the log", Request(b"V", scope_letter(scope)))
