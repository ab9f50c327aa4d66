"""``pypcp stop-pgpool``."""

from __future__ import annotations

import click

from pypcp_cli.options import Pgpool, pcp_options
from pypcp_cli.render import Output
from pypcp_cli.scope import scope_option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pypcp.commands import Mode, Scope

EFFECTS = {
    "smart": "it ends when its clients have left",
    "fast": "sessions of clients are cut off",
    "immediate": "sessions of clients are cut off at once",
}


@click.command("stop-pgpool")
@click.option(
    "-m",
    "--mode",
    type=click.Choice(list(EFFECTS)),
    default="smart",
    show_default=True,
    help="Wait for the clients, cut them off, or at once.",
)
@scope_option
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--no-wait", is_flag=True, help="Do not look whether it has stopped.")
@pcp_options
def command(pgpool: Pgpool, output: Output, mode: Mode, scope: Scope, yes: bool, no_wait: bool) -> None:
    """Stop pgpool, and see that it has stopped.

    \b
    $ pypcp stop-pgpool -h bak --mode fast --yes
    pgpool on bak:9898 has stopped

    It asks first; without a terminal it needs --yes. Nobody can start pgpool over PCP again.
    """
    from pypcp.stopping import TIMEOUT, stop

    what = "every pgpool of the watchdog cluster" if scope == "cluster" else "pgpool"
    question = f"Stop {what} on {pgpool.address}? Clients lose their way to PostgreSQL, and {EFFECTS[mode]}."
    if not yes:
        _ask(pgpool, question)
    pgpool.console.state = f"pgpool on {pgpool.address} may be stopping"
    seen = stop(pgpool.client(), mode, scope, wait=not no_wait, timeout=pgpool.patience(TIMEOUT))
    words = "has stopped" if seen else "was asked to stop"
    output.document(
        {"stopped": seen, "mode": mode, "scope": scope},
        text=lambda: f"pgpool on {pgpool.address} {words}\n",
        pcp=lambda: "pcp_stop_pgpool -- Command Successful\n",
    )


def _ask(pgpool: Pgpool, question: str) -> None:
    console = pgpool.console
    console.state = "nothing was changed"
    if not console.can_ask:
        raise click.UsageError("there is no terminal to ask on; to stop pgpool all the same: --yes")
    console.agreed(f"stop pgpool on {pgpool.address}", question)
