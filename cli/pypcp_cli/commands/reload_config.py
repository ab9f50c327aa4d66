"""``pypcp reload-config``."""

from __future__ import annotations

import click

from pypcp_cli.options import Pgpool, pcp_options
from pypcp_cli.render import Output
from pypcp_cli.scope import report, scope_option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pypcp.commands import Scope


@click.command("reload-config")
@scope_option
@pcp_options
def command(pgpool: Pgpool, output: Output, scope: Scope) -> None:
    """Have pgpool read its configuration files again.

    \b
    $ pypcp reload-config -h bak
    pgpool was asked to reload its configuration

    From pgpool 4.2 on. Mistakes in a file are told in pgpool's log only, and a parameter that needs a restart keeps
    its value. See what is in force: pypcp pool-status NAME.
    """
    pgpool.client().reload_config(scope)
    report(output, "pcp_reload_config", "reload its configuration")
