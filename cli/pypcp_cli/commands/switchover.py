"""``pypcp switchover``: a planned change of the primary, with no lost transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from pypcp.errors import WrongUsage
from pypcp_cli.options import connection_options, ssh_option

if TYPE_CHECKING:
    from pypcp.switchover.plan import Plan
    from pypcp.switchover.run import Outage
    from pypcp.switchover.workflow import Switchover
    from pypcp_cli.console import Console
    from pypcp_cli.options import Pgpool
    from pypcp_cli.progress import Progress

STANDS = "see where it stands: pypcp status; once the new primary serves, bring the old one back: pypcp rejoin"


@click.command("switchover")
@click.argument("node")
@connection_options
@click.option("--dry-run", is_flag=True, help="Show what would be done, with the commands. Nothing is changed.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before starting.")
@click.option("--json", "as_json", is_flag=True, help="One JSON event a line, the last one with the result.")
@click.option("--max-lag", type=click.IntRange(0), default=16 << 20, show_default=True, metavar="BYTES",
              help="How much WAL NODE may have still to replay.")  # fmt: skip
@click.option("--promote", is_flag=True, help="Promote with pg_ctl; do not wait for pgpool's failover_command.")
@click.option("--rewind/--no-rewind", default=True, show_default=True,
              help="Rewind the old primary if pgpool promotes NODE before it has stopped.")  # fmt: skip
@click.option("--replication-user", metavar="NAME", help="User to stream as; by default the one in primary_conninfo.")
@click.option("--service", metavar="UNIT", default="", help="Stop and start the old primary as this unit of systemd.")
@click.option("--bindir", metavar="DIR", default="", help="PostgreSQL's programs on the hosts; found by itself.")
@ssh_option
def command(pgpool: Pgpool, node: str, dry_run: bool, yes: bool, as_json: bool, **wishes: Any) -> None:
    """Make NODE, a standby, the primary, and the old primary its standby.

    NODE is its id, its hostname or host:port. It must stream from the primary, and the old primary must be able to
    stream from it afterwards: that is tried first. Then the primary is stopped cleanly, NODE is seen to have all of
    its transactions, and only then is asked for its promotion: by pgpool's failover_command, or with pg_ctl where there
    is none. Told at the end: how long no node took writes. --timeout is for each wait, 300 seconds unless given.

    \b
    pypcp switchover 1 --dry-run                 see what would be done
    pypcp switchover bak.bigdata.wh.com --yes    do it
    """
    from pypcp_cli.progress import JsonLines, Lines, told_to_the_end

    pgpool.console.state = "nothing was changed"
    report: Progress = JsonLines(pgpool.console, STANDS) if as_json else Lines(pgpool.console, STANDS)
    with told_to_the_end(report), _switchover(pgpool, node, **wishes) as switchover:
        plan = switchover.plan()
        if dry_run:
            report.planned(plan)
            return
        if not yes:
            _ask(plan, pgpool.console)
        report.begins(plan)
        outage = switchover.run(plan, report)
        report.told(_told(plan, outage), event="writable", **_figures(outage))
        verdict = switchover.rejoin(plan, report, report.begins)
        ends = {"node": plan.new, "old_primary": plan.old, "verdict": verdict.value}
        said = f"{plan.new} is the primary, {plan.old} its standby; both are in service.\n"
        report.told(said, result="done", **ends, **_figures(outage))


@contextlib.contextmanager
def _switchover(
    pgpool: Pgpool, node: str, bindir: str, ssh_option: tuple[str, ...], **wishes: Any
) -> Iterator[Switchover]:
    from pypcp_cli.reach import on_the_way_to

    with on_the_way_to(node, pgpool, ssh_option) as (pool, found, host_of):
        from pypcp.switchover.facts import Request
        from pypcp.switchover.workflow import Switchover

        timeout = pgpool.each_wait(300.0)
        with Switchover(pool, found, host_of, Request(**wishes), timeout=timeout, bindir=bindir) as switchover:
            yield switchover


def _ask(plan: Plan, console: Console) -> None:
    if not console.can_ask:
        raise WrongUsage(f"make {plan.new} the primary", "there is no terminal to ask on", "See --dry-run, then --yes.")
    from pypcp_cli.progress import plan_text

    console.say(plan_text(plan, console))
    console.agreed(f"make {plan.new} the primary", "Do this?")


def _told(plan: Plan, outage: Outage) -> str:
    return (
        f"No node took writes for {outage.server:.2f} s; after {outage.pgpool:.2f} s pgpool had {plan.new} as its "
        f"primary.\nIt had replayed up to {outage.received}, the old primary's last checkpoint is at "
        f"{outage.checkpoint}.\n"
    )


def _figures(outage: Outage) -> dict[str, Any]:
    return {
        "seconds_without_writes": round(outage.server, 3),
        "seconds_until_pgpool": round(outage.pgpool, 3),
        "last_checkpoint": outage.checkpoint,
        "received": outage.received,
    }
