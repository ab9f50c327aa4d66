"""Stop the primary: pgpool must fail over to a standby."""

from __future__ import annotations

from pypcp.drill import scripts
from pypcp.drill.stage import Stage, primary_of
from pypcp.errors import OperationFailed
from pypcp.postgres.look import look
from pypcp.status.view import name

KEY = "primary"
TITLE = "stop the primary"


def is_possible(stage: Stage) -> bool:
    return True


def play(stage: Stage) -> str:
    """What came of it. Raises PypcpError."""
    before = primary_of(stage.nodes())
    if before is None:
        raise OperationFailed(TITLE, "pgpool has no primary", "See: pypcp status")
    node = next(node for node in stage.pool().nodes() if node.id == before.id)
    host = stage.node_host(node)
    instance = look(host, node.data_directory)
    stopped = host.run(
        scripts.text("stop"),
        [instance.bindir, instance.data_directory],
        owner_of=instance.data_directory,
        timeout=stage.timeout,
    )
    stopped.or_fail(f"stop {name(before)}", "It may still run. See: pypcp status")
    stage.wait("pgpool has another primary", lambda: _has_failed_over(stage, before.id))
    stage.wait_for_clients()
    after = primary_of(stage.nodes())
    return f"{name(before)} was stopped, {name(after) if after else 'another node'} is the primary"


def _has_failed_over(stage: Stage, old: int) -> bool:
    found = primary_of(stage.nodes())
    return found is not None and found.id != old
