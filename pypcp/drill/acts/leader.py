"""Stop the pgpool that leads the watchdog: another must take over the virtual IP. Then start it again."""

from __future__ import annotations

from pypcp import stopping
from pypcp.drill import scripts
from pypcp.drill.stage import Stage
from pypcp.errors import OperationFailed
from pypcp.records import Watchdog, WatchdogNode

KEY = "leader"
TITLE = "stop the pgpool that leads"


def is_possible(stage: Stage) -> bool:
    """With one pgpool there is nobody to take over."""
    settings = stage.pool().settings()
    return settings.get("use_watchdog") in ("1", "on") and len(stage.pcp(None).watchdog_info().nodes) > 1


def play(stage: Stage) -> str:
    """What came of it. Raises PypcpError."""
    leader, others = _parts(stage.pcp(None).watchdog_info())
    settings = {each.name: each.value for each in stage.pcp(leader.hostname).pool_status()}
    host = stage.host_of(leader.hostname)
    seen = host.run(scripts.text("pgpool_seen"), [settings.get("pid_file_name", "")], as_user="root")
    how = seen.or_fail(f"find out how pgpool runs on {leader.hostname}").stdout
    stopping.stop(stage.pcp(leader.hostname), "fast", wait=False)
    stage.wait("another pgpool leads", lambda: _leads(stage, others[0].hostname, leader.name))
    stage.wait_for_clients()
    new = stage.pcp(others[0].hostname).watchdog_info().leader_hostname
    started = host.run(scripts.text("pgpool_start"), [], stdin=how, as_user="root", timeout=stage.timeout)
    started.or_fail(f"start pgpool on {leader.hostname} again", f"Start it by hand on {leader.hostname}.")
    stage.wait(f"pgpool on {leader.hostname} is back", lambda: _is_back(stage, others[0].hostname, leader.name))
    address = settings.get("delegate_ip") or settings.get("delegate_IP")
    moved = f"the virtual IP {address} moved" if address else "the lead moved"
    return f"{moved} from {leader.hostname} to {new}; pgpool on {leader.hostname} runs again"


def _parts(watchdog: Watchdog) -> tuple[WatchdogNode, list[WatchdogNode]]:
    leader = next((node for node in watchdog.nodes if node.is_leader), None)
    if leader is None:
        raise OperationFailed(TITLE, "no pgpool leads", "See: pypcp watchdog-info")
    return leader, [node for node in watchdog.nodes if node.name != leader.name]


def _leads(stage: Stage, asked: str, old: str) -> bool:
    found = stage.pcp(asked).watchdog_info()
    return found.leader_name not in (None, "", old) and any(node.is_leader for node in found.nodes)


def _is_back(stage: Stage, asked: str, name: str) -> bool:
    found = stage.pcp(asked).watchdog_info()
    return any(node.name == name and node.state_name == "STANDBY" for node in found.nodes)
