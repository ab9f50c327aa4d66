"""Reload the configuration: ``Z``, since 4.2 (pcp_worker.c, ``process_reload_config``)."""

from __future__ import annotations

from pypcp.commands import Command, Request, order, scope_letter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pypcp.commands import Scope


def reload_config(scope: Scope = "local") -> Command[None]:
    """Have pgpool read its configuration files again, with scope "cluster" every pgpool of the watchdog.

    A file with errors is only logged; parameters that need a restart keep their values.
    """
    return order("reload the configuration", Request(b"Z", scope_letter(scope)))
