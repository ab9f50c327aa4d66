"""``pypcp watchdog-info``."""

from __future__ import annotations

import click

from pypcp_cli.columns import cell
from pypcp_cli.options import Pgpool, pcp_options
from pypcp_cli.render import Output, as_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pypcp.records import Watchdog, WatchdogNode

HEADINGS = ("ID", "Name", "Host", "pgpool", "Watchdog", "Priority", "State", "Membership")


@click.command("watchdog-info")
@click.option("-n", "--watchdog-id", "id_option", type=click.IntRange(0), metavar="ID", help="Only this member.")
@click.argument("watchdog_id", type=click.IntRange(0), required=False, metavar="[ID]")
@pcp_options
def command(pgpool: Pgpool, output: Output, id_option: int | None, watchdog_id: int | None) -> None:
    """Show the watchdog cluster: its members, leader and quorum.

    \b
    $ pypcp watchdog-info -h bak
    Leader: bak:9999 Linux bak (bak), quorum: exists, 1 of 1 other members alive
    This pgpool is escalated: it brings up the virtual IP, if one is set
    ID  Name                Host  pgpool  Watchdog  Priority  State    Membership
    0   bak:9999 Linux bak  bak   9999    9000      2         LEADER   MEMBER
    1   ser:9999 Linux ser  ser   9999    9000      1         STANDBY  MEMBER
    """
    if id_option is not None and watchdog_id is not None:
        raise click.UsageError(f"two members, {id_option} and {watchdog_id}; name one")
    found = pgpool.client().watchdog_info(watchdog_id if id_option is None else id_option)
    if output.format == "csv":
        output.documents([_member(each) for each in found.nodes], table=lambda: ((), []), pcp=str)
    else:
        output.document(_document(found), text=lambda: _text(found), pcp=lambda: _pcp(found))


def _document(found: Watchdog) -> dict[str, Any]:
    return {
        "leader_name": found.leader_name,
        "leader_hostname": found.leader_hostname,
        "quorum": found.quorum.name.lower(),
        "quorum_status": found.quorum_status,
        "escalated": found.is_escalated,
        "remote_node_count": found.remote_node_count,
        "member_remote_node_count": found.member_remote_node_count,
        "alive_remote_node_count": found.alive_remote_node_count,
        "nodes_required_for_quorum": found.nodes_required_for_quorum,
        "nodes": [_member(each) for each in found.nodes],
    }


def _member(node: WatchdogNode) -> dict[str, Any]:
    return {
        "id": node.id,
        "name": node.name,
        "hostname": node.hostname,
        "delegate_ip": node.delegate_ip,
        "pgpool_port": node.pgpool_port,
        "watchdog_port": node.watchdog_port,
        "priority": node.priority,
        "state": node.state,
        "state_name": node.state_name,
        "membership": node.membership,
        "membership_name": node.membership_name,
        "lifecheck_started": node.lifecheck_started,
    }


def _text(found: Watchdog) -> str:
    leader = f"{cell(found.leader_name)} ({cell(found.leader_hostname)})" if found.leader_name else "none"
    quorum = found.quorum.name.lower().replace("_", " ")
    others = f"{found.alive_remote_node_count} of {found.remote_node_count} other members alive"
    escalated = "escalated: it brings up the virtual IP, if one is set" if found.is_escalated else "not escalated"
    table = as_table(HEADINGS, [_row(node) for node in found.nodes])
    return f"Leader: {leader}, quorum: {quorum}, {others}\nThis pgpool is {escalated}\n{table}"


def _row(node: WatchdogNode) -> tuple[object, ...]:
    return (
        *(node.id, node.name, node.hostname, node.pgpool_port, node.watchdog_port, node.priority),
        *(node.state_name, node.membership_name),
    )


def _pcp(found: Watchdog) -> str:
    from pypcp_cli.dropin import watchdog_info

    return watchdog_info.text(dict(found.document), is_verbose=False)
