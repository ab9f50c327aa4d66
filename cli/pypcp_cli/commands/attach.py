"""``pypcp attach``."""

from __future__ import annotations

import click

from pypcp_cli.changing import changing_options, report
from pypcp_cli.options import Pgpool, node_option, pcp_options, required
from pypcp_cli.render import Output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pypcp.membership.change import Wish


@click.command("attach")
@node_option
@pcp_options
@changing_options
def command(pgpool: Pgpool, output: Output, node: str | None, wish: Wish) -> None:
    """Take a node back into service, and see it attached.

    \b
    $ pypcp attach -n 0 -h bak
    node 0 (ser.bigdata.wh.com:5432) is attached: waiting, standby, PostgreSQL says standby, streaming
    node 1 (bak.bigdata.wh.com:5432): up, primary, PostgreSQL says primary

    A node that PostgreSQL says is a second primary is refused (exit code 6). Done is what pgpool itself reports:
    the node is waiting or up, and is not thrown out again by the health check.
    """
    from pypcp import membership

    report(output, "pcp_attach_node", membership.attach(pgpool.client(), required(node), wish), "attached")
