"""``pypcp follow-primary``: pgpool's follow_primary_command, for clusters of three nodes and more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pypcp.pgpool.failover_call import ARGUMENTS
from pypcp_cli.options import connection_options, ssh_option

if TYPE_CHECKING:
    from pypcp_cli.options import Pgpool


@click.command("follow-primary", context_settings={"ignore_unknown_options": True})  # a node of -1 is no option
@click.argument("words", nargs=-1, required=True, metavar=ARGUMENTS)
@connection_options
@click.option("--log", "log_file", type=click.Path(dir_okay=False), help="Append what is told to this file as well.")
@ssh_option
def command(pgpool: Pgpool, words: tuple[str, ...], log_file: str | None, ssh_option: tuple[str, ...]) -> None:
    """Have a standby follow the new primary after a failover, and attach it.

    For pgpool.conf (follow_master_command before 4.2); pgpool runs it for each node but the new primary:

    \b
    follow_primary_command = 'pypcp follow-primary %d %h %p %D %m %H %M %P %r %R'

    It is a rejoin, with all of its checks: what it refuses is left as it is, out of service. A node whose PostgreSQL is
    stopped is left alone. The PCP user's password comes from .pcppass of the user that pgpool runs as.
    """
    from pypcp.errors import PypcpError
    from pypcp.failover.follow import follow
    from pypcp.pgpool.failover_call import parse
    from pypcp_cli.pgpool_log import Log
    from pypcp_cli.progress import Lines
    from pypcp_cli.reach import pool_and_hosts

    log = Log(pgpool.console, "follow-primary", log_file)
    try:
        call = parse(words)
        pool, host_of = pool_and_hosts(pgpool, ssh_option)
        verdict = follow(call, pool, host_of, Lines(pgpool.console), timeout=pgpool.each_wait(300.0))
    except PypcpError as error:
        log.keep(f"{error.tried}: {error.said}")
        raise
    if verdict is None:
        log.say(f"{call.failed_label} is stopped and left alone; bring it back with: pypcp rejoin {call.failed}")
    else:
        log.say(f"{call.failed_label} follows {call.new_main_label}")
