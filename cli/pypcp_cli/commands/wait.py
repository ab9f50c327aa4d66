"""``pypcp wait``."""

from __future__ import annotations

import click

from pypcp_cli.options import Pgpool, node_option, pcp_options, required
from pypcp_cli.render import Output

STATES = ("up", "down", "primary", "standby", "streaming")


@click.command("wait")
@node_option
@click.option("--for", "state", type=click.Choice(STATES), required=True, help="What to wait for.")
@pcp_options
def command(pgpool: Pgpool, output: Output, node: str | None, state: str) -> None:
    """Wait until a node is up, down, primary, standby or streaming.

    \b
    $ pypcp wait -n 0 --for up --timeout 60 && echo back in service
    $ pypcp wait -n bak.bigdata.wh.com --for primary

    up is also waiting, which is up without a session yet. primary and standby are pgpool's opinion of a node that is
    attached, and PostgreSQL must not contradict. streaming needs pgpool 4.1 with backend_application_name set. While
    pgpool does not answer, as during its restart, the wait goes on. Exit code 5 when the time is over.
    """
    from pypcp.waiting import wait
    from pypcp_cli.nodes import node_document

    name = required(node)
    pgpool.console.state = f"{name} was not seen {state} yet"
    seen = wait(pgpool.client, name, state, pgpool.timeout)
    words = f"Node {seen.id} ({seen.hostname}:{seen.port}) is {state}\n"
    output.document(node_document(seen), text=lambda: words)
