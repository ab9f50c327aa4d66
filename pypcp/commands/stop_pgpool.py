"""Stop pgpool: ``T``; since 4.2 ``t`` for every pgpool of the watchdog (pcp_worker.c, ``process_shutdown_request``)."""

from __future__ import annotations

from pypcp.commands import Command, Request, choice, order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pypcp.commands import Mode, Scope


def stop_pgpool(mode: Mode = "smart", scope: Scope = "local") -> Command[None]:
    """Ask pgpool to end: ``smart`` when its clients have, ``fast`` and ``immediate`` at once.

    The reply comes before anything is done.
    """
    letter = choice("mode", mode, {"smart": b"s", "fast": b"f", "immediate": b"i"})
    kind = choice("scope", scope, {"local": b"T", "cluster": b"t"})
    return order(f"stop pgpool ({mode}, {scope})", Request(kind, letter, answer=b"t"))
