"""``pypcp failover``: pgpool's failover_command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pypcp.pgpool.failover_call import ARGUMENTS
from pypcp_cli.options import ssh_option
from pypcp_cli.seconds import Seconds

if TYPE_CHECKING:
    from pypcp.failover.workflow import Outcome
    from pypcp_cli.console import Console


@click.command("failover", context_settings={"ignore_unknown_options": True})  # a node of -1 is no option
@click.argument("words", nargs=-1, required=True, metavar=ARGUMENTS)
@click.option("--timeout", type=Seconds(), default=30.0, show_default=True,
              help="For all of it: pgpool waits as long.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Look and decide, but promote nothing.")
@click.option("--log", "log_file", type=click.Path(dir_okay=False), help="Append what is told to this file as well.")
@ssh_option
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_obj
def command(
    console: Console,
    words: tuple[str, ...],
    timeout: float,
    dry_run: bool,
    log_file: str | None,
    ssh_option: tuple[str, ...],
    as_json: bool,
) -> None:
    """Promote the standby that pgpool chose, when the node that failed was the primary.

    For pgpool.conf, in which pgpool puts what it knows into the words:

    \b
    failover_command = 'pypcp failover %d %h %p %D %m %H %M %P %r %R'

    A standby that failed changes nothing. The node that pgpool chose is looked at first, here or by ssh as the user
    that pgpool runs as: it must run, answer and be in recovery. What was seen and done is told on stderr, which is
    pgpool's log.
    """
    from pypcp.errors import PypcpError
    from pypcp.failover.decide import Verdict
    from pypcp.failover.workflow import failover
    from pypcp.pgpool.failover_call import parse
    from pypcp_cli.pgpool_log import Log
    from pypcp_cli.reach import hosts

    log = Log(console, "failover", log_file)
    try:
        call = parse(words)
        done = failover(
            call,
            hosts(ssh_option),
            log.say,
            timeout=timeout,
            dry_run=dry_run,
        )
    except PypcpError as error:
        log.keep(f"{error.tried}: {error.said}")
        raise
    told = done.decision.why
    if done.seconds is not None:
        told = f"{call.new_main_label} is the primary, after {done.seconds:.2f} s"
    elif done.decision.verdict is Verdict.PROMOTE:
        told = f"{told}; {call.new_main_label} would be promoted"
    log.say(told)
    if as_json:
        console.write(_document(done))


def _document(done: Outcome) -> str:
    import json

    decision = done.decision
    told = {"verdict": decision.verdict.name.lower(), "why": decision.why, "warnings": list(decision.warnings)}
    return json.dumps({**told, "promoted": done.seconds is not None, "seconds": done.seconds}) + "\n"
