"""``pypcp watch``."""

from __future__ import annotations

import click

from pypcp_cli.colour import color_option
from pypcp_cli.options import Pgpool, connection_options
from pypcp_cli.seconds import Seconds
from pypcp_cli.sql import Wish, wish_options


@click.command("watch")
@click.option("--interval", type=Seconds(0.1), default=2.0, show_default=True, help="Seconds between two looks.")
@click.option("--deadline", type=Seconds(0.1), default=5.0, show_default=True, help="Seconds for each source.")
@wish_options
@click.option("--count", type=click.IntRange(1), help="End after so many looks.")
@click.option("--json", "as_json", is_flag=True, help="One event a line, each a JSON document.")
@color_option
@connection_options
def command(pgpool: Pgpool, interval: float, deadline: float, wish: Wish, count: int | None, as_json: bool) -> None:
    """Watch the cluster live, or log what happens to it.

    On a terminal a screen as that of status, with what has changed marked by *, and the events below it; q ends it.
    Otherwise, and with --json, a line for each event: a failover, a node that was attached, a new leader.

    \b
    $ pypcp watch -h bak
    $ pypcp watch -h bak --json >> /var/log/pgpool-events.json

    Each look has a PCP connection of its own, since an idle one can block pgpool's failover. It goes on while pgpool
    restarts or the virtual IP moves. PostgreSQL is asked directly, pgpool itself over PCP only.
    """
    from pypcp.watch.looks import Looks
    from pypcp_cli import places, watch_lines, watch_screen

    place = places.named(pgpool, wish, asks_pgpool=False)
    looks = Looks(place, interval, deadline)
    if as_json or not pgpool.console.is_terminal:
        watch_lines.run(looks, count, as_json=as_json)
    else:
        watch_screen.run(looks, count, pgpool.console, pgpool.target)
