"""``pypcp status``."""

from __future__ import annotations

import click

from pypcp.errors import WrongUsage
from pypcp_cli.colour import color_option
from pypcp_cli.options import Pgpool, pcp_options
from pypcp_cli.render import Output
from pypcp_cli.seconds import Seconds
from pypcp_cli.sql import Wish, wish_options


@click.command("status")
@click.option("--all", "all_clusters", is_flag=True, help="All clusters of the configuration, at once.")
@wish_options
@click.option("--deadline", type=Seconds(0.1), default=5.0, show_default=True, help="Seconds for each source.")
@click.option("--nagios", is_flag=True, help="One line and the exit codes of monitoring plugins: 0, 1, 2, 3.")
@color_option
@pcp_options
def command(pgpool: Pgpool, output: Output, all_clusters: bool, wish: Wish, deadline: float, nagios: bool) -> int:
    """Show the whole cluster, and what is wrong with it.

    pgpool is asked over PCP and SQL, and each PostgreSQL itself, all at once. The last part, Problems, says what is
    wrong with the command that mends it. Exit code 0: nothing is; 1: there are problems.

    \b
    $ pypcp status -h bak
    $ pypcp status --all --json | jq '.clusters[].problems'
    $ pypcp status --nagios

    A source that does not answer within --deadline is shown as such and keeps nothing else waiting. PostgreSQL is
    asked as the user of --sql; its password comes from .pgpass.
    """
    from pypcp.status.findings import findings
    from pypcp.status.gather import gather_all
    from pypcp_cli import places, status_document, status_plugin, status_screen

    if output.format not in ("table", "json"):
        raise WrongUsage(f"print the status as {output.format}", "it is no table of one kind", "Take table or json.")
    where = places.chosen(pgpool, wish, all_clusters=all_clusters)
    found = [(facts, findings(facts)) for facts in gather_all(where, deadline)]
    if nagios:
        line, code = status_plugin.summary(found)
        pgpool.console.write(line)
        return code
    if output.format == "json":
        pgpool.console.write(status_document.as_text(found, is_list=all_clusters))
    else:
        screen = status_screen.Screen(pgpool.console)
        texts = [
            "\n".join([*screen.lines(*each, places.target(pgpool, each[0].pgpool, all_clusters)), ""]) for each in found
        ]
        pgpool.console.write_painted("\n".join(texts))
    return 1 if any(finding.severity.value != "note" for _, each in found for finding in each) else 0
