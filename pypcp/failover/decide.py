"""Whether to promote: a pure function of pgpool's call and of what the chosen node says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pypcp.pgpool.failover_call import NO_NODE, Call
from pypcp.postgres import conninfo
from pypcp.postgres.instance import Instance
from pypcp.postgres.lsn import show


@dataclass(frozen=True)
class Facts:
    """``chosen`` is the PostgreSQL of the node that pgpool chose, None when it was not or could not be looked at."""

    call: Call
    chosen: Instance | None = None
    trouble: str = ""


class Verdict(Enum):
    NOTHING = "nothing to do"
    PROMOTE = "promote"
    REFUSE = "refused"
    FAIL = "failed"


@dataclass(frozen=True)
class Decision:
    """What to do, why, and what the operator should read in the log besides."""

    verdict: Verdict
    why: str
    warnings: tuple[str, ...] = ()


def before_looking(call: Call) -> Decision | None:
    """The decision where the call alone gives it; None when the chosen node has to be looked at."""
    if call.old_primary not in (NO_NODE, call.failed):
        return Decision(Verdict.NOTHING, f"{call.failed_label} was a standby, node {call.old_primary} is the primary")
    if call.new_main == NO_NODE:
        return Decision(Verdict.FAIL, "no node is left that could be promoted")
    if call.new_main == call.failed:
        return Decision(Verdict.REFUSE, f"pgpool chose {call.failed_label}, which is the one that failed")
    if not call.new_main_directory.startswith("/"):
        said = f"pgpool names no data directory for node {call.new_main}: set backend_data_directory{call.new_main}"
        return Decision(Verdict.FAIL, said)
    return None


def decide(facts: Facts) -> Decision:
    """Promote the chosen node only when the primary failed, and when it is a standby that runs and answers."""
    if found := before_looking(facts.call):
        return found
    chosen, label = facts.chosen, facts.call.new_main_label
    if chosen is None:
        return Decision(Verdict.FAIL, facts.trouble or f"{label} could not be looked at")
    if chosen.pid is None:
        return Decision(Verdict.FAIL, f"PostgreSQL does not run on {label}")
    if chosen.server is None:
        return Decision(Verdict.FAIL, f"PostgreSQL on {label} does not answer: {chosen.server_error}")
    if not chosen.server.in_recovery:
        return Decision(Verdict.NOTHING, f"{label} is a primary already")
    if facts.call.old_primary == NO_NODE and (doubt := _doubt(facts.call, chosen)):
        return Decision(Verdict.REFUSE, doubt)
    return Decision(Verdict.PROMOTE, f"{facts.call.failed_label}, the primary, is gone", _warnings(chosen))


def _doubt(call: Call, chosen: Instance) -> str:
    """Why it is not sure that the primary failed, where pgpool itself knew none."""
    if source := _streams_from(chosen):
        return f"pgpool knew no primary, and {call.new_main_label} still streams from one, {source}"
    follows = _follows(chosen)
    if follows != (call.failed_host, str(call.failed_port)):
        said = ":".join(follows) if follows else "nobody"
        return f"pgpool knew no primary, and {call.new_main_label} follows {said}, not {call.failed_label}"
    return ""


def _warnings(chosen: Instance) -> tuple[str, ...]:
    server = chosen.server
    assert server
    found = [f"its WAL ends at {show(server.lsn)} on timeline {server.timeline}; what came after is not here"]
    if source := _streams_from(chosen):
        found.append(f"it still streams from {source}: if that runs on, there are two primaries until it is stopped")
    found += [f"{manager} runs on this host and promotes servers by itself" for manager in chosen.managers]
    return tuple(found)


def _streams_from(chosen: Instance) -> str:
    """Where its WAL receiver gets WAL from right now, or nothing."""
    receiver = chosen.server.receiver if chosen.server else None
    return f"{receiver.sender_host}:{receiver.sender_port}" if receiver and receiver.status == "streaming" else ""


def _follows(chosen: Instance) -> tuple[str, str] | None:
    """Host and port of its primary_conninfo."""
    try:
        values = conninfo.parse(chosen.settings.get("primary_conninfo", ""))
    except ValueError:
        return None
    host = values.get("host") or values.get("hostaddr")
    return (host, values.get("port", "5432")) if host else None
