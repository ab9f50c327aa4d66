"""``pypcp log-rotate``."""

from __future__ import annotations

import click

from pypcp_cli.options import Pgpool, pcp_options
from pypcp_cli.render import Output
from pypcp_cli.scope import report, scope_option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pypcp.commands import Scope


@click.command("log-rotate")
@scope_option
@pcp_options
def command(pgpool: Pgpool, output: Output, scope: Scope) -> None:
    """Have pgpool begin a new log file.

    \b
    $ pypcp log-rotate -h bak
    pgpool was asked to rotate its log

    From pgpool 4.6 on, and refused where logging_collector is off.
    """
    pgpool.client().log_rotate(scope)
    report(output, "pcp_log_rotate", "rotate its log")
