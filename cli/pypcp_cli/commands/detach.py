"""``pypcp detach``."""

from __future__ import annotations

import click

from pypcp_cli.changing import changing_options, report
from pypcp_cli.options import Pgpool, node_option, pcp_options, required
from pypcp_cli.render import Output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pypcp.membership.change import Wish


@click.command("detach")
@node_option
@click.option("-g", "--gracefully", is_flag=True, help="Wait until all client sessions have ended.")
@pcp_options
@changing_options
def command(pgpool: Pgpool, output: Output, node: str | None, gracefully: bool, wish: Wish) -> None:
    """Take a node out of service, and see it down.

    \b
    $ pypcp detach -n 1 -h bak
    node 1 (bak.bigdata.wh.com:5432) is detached: down, standby, PostgreSQL says standby, streaming
    node 0 (ser.bigdata.wh.com:5432): up, primary, PostgreSQL says primary

    The primary and the last node are refused (exit code 6). With --gracefully new sessions are held back until the
    present ones have ended; if they do not, pgpool gives up without a word, and that is told.
    """
    from pypcp import membership

    outcome = membership.detach(pgpool.client(), required(node), wish, gracefully=gracefully)
    report(output, "pcp_detach_node", outcome, "detached")
