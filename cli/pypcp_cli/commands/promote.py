"""``pypcp promote``."""

from __future__ import annotations

import click

from pypcp_cli.changing import changing_options, report
from pypcp_cli.options import Pgpool, node_option, pcp_options, required
from pypcp_cli.render import Output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pypcp.membership.change import Wish


@click.command("promote")
@node_option
@click.option("-g", "--gracefully", is_flag=True, help="Wait until all client sessions have ended.")
@click.option("-s", "--switchover", is_flag=True, help="Have pgpool fail over to it, so that PostgreSQL is promoted.")
@pcp_options
@changing_options
def command(pgpool: Pgpool, output: Output, node: str | None, gracefully: bool, switchover: bool, wish: Wish) -> None:
    """Make a node the primary, and see it so.

    \b
    $ pypcp promote -n 1 --switchover -h bak
    node 1 (bak.bigdata.wh.com:5432) is promoted: up, primary, PostgreSQL says primary
    node 0 (ser.bigdata.wh.com:5432): down, standby, PostgreSQL says primary

    With --switchover (pgpool 4.3 and later) pgpool treats the present primary as failed, and its failover_command
    promotes PostgreSQL. The former primary is not stopped by that: bring it back with pypcp rejoin.

    Without it only pgpool's opinion changes, and every other node is marked down. So that is refused (exit code 6)
    while PostgreSQL on the node says that it is a standby.
    """
    from pypcp import membership

    client = pgpool.client()
    outcome = membership.promote(client, required(node), wish, gracefully=gracefully, switchover=switchover)
    report(output, "pcp_promote_node", outcome, "promoted")
