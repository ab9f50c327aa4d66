"""Stopping pgpool, and seeing that it has stopped: its reply comes before anything is done."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pypcp.errors import ConnectionBroken, ConnectionFailed, DeadlinePassed, PypcpError

if TYPE_CHECKING:
    from pypcp.client import Client
    from pypcp.commands import Mode, Scope

TIMEOUT = 60.0
PAUSE = 0.2


def stop(
    pcp: Client, mode: Mode = "smart", scope: Scope = "local", *, wait: bool = True, timeout: float = TIMEOUT
) -> bool:
    """Stop pgpool. True when it was seen to have stopped: nobody listens any more at its PCP address.

    With scope "cluster" every pgpool of the watchdog is asked to stop; seen is the one that was asked. Raises
    DeadlinePassed when it still answers after ``timeout`` seconds, and what the client raises.
    """
    try:
        pcp.stop_pgpool(mode, scope)
    except ConnectionBroken:
        pass  # fast and immediate may kill the process that should have answered
    if not wait:
        return False
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        time.sleep(PAUSE)
        if _is_gone(pcp):
            return True
    raise DeadlinePassed(
        f"stop pgpool on {pcp.address}",
        f"it was asked to, and still answers after {timeout:g} s",
        "In mode smart it waits for its clients: see them with pypcp proc-info, or stop it with --mode fast.",
    )


def _is_gone(pcp: Client) -> bool:
    try:
        pcp.open()
    except ConnectionFailed:
        return True
    except PypcpError:
        return False  # it still listens, whatever it says
    pcp.close()
    return False
