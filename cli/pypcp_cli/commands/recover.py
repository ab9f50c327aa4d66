"""``pypcp recover``."""

from __future__ import annotations

import click

from pypcp_cli.changing import changing_options, report
from pypcp_cli.options import Pgpool, node_option, pcp_options, required
from pypcp_cli.render import Output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pypcp.membership.change import Wish


@click.command("recover")
@node_option
@pcp_options
@changing_options
def command(pgpool: Pgpool, output: Output, node: str | None, wish: Wish) -> None:
    """Have pgpool rebuild a node with its recovery scripts, and see it attached.

    \b
    $ pypcp recover -n 1 -h bak
    node 1 (bak.bigdata.wh.com:5432) is recovered: waiting, standby, PostgreSQL says standby, streaming
    node 0 (ser.bigdata.wh.com:5432): up, primary, PostgreSQL says primary

    pgpool must be set up for it (recovery_1st_stage_command and pgpool_remote_start). As a rule the node's data is
    replaced by a base backup: that takes its time, and pgpool tells nothing until the end. A node that is attached is
    refused (exit code 6). Where it is set up or not, pypcp rejoin brings a former primary back without that.
    """
    from pypcp import membership

    report(output, "pcp_recovery_node", membership.recover(pgpool.client(), required(node), wish), "recovered")
