"""``pypcp rejoin``: bring a failed node back as a standby."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from pypcp.errors import OperationFailed, RefusedForSafety, WrongUsage
from pypcp_cli.options import connection_options, ssh_option
from pypcp_cli.tab import complete_nodes

if TYPE_CHECKING:
    from pypcp.postgres.slots import UnusedSlot
    from pypcp.rejoin.nodes import PoolNode
    from pypcp.rejoin.plan import Plan
    from pypcp.rejoin.workflow import Rejoin
    from pypcp_cli.console import Console
    from pypcp_cli.options import Pgpool
    from pypcp_cli.progress import Progress

METHODS = ("auto", "attach", "start", "rewind", "basebackup")


@click.command("rejoin")
@click.argument("node", shell_complete=complete_nodes)
@connection_options
@click.option("--dry-run", is_flag=True, help="Show what would be done, with the commands. Nothing is changed.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before starting.")
@click.option("--json", "as_json", is_flag=True, help="One JSON event a line, the last one with the result.")
@click.option("--discard-diverged", is_flag=True, help="Allow that committed transactions only it has are thrown away.")
@click.option("--fence", is_flag=True, help="Stop the node first when it still runs as a second primary.")
@click.option("--method", type=click.Choice(METHODS), default="auto", show_default=True, help="Only this way.")
@click.option("--replication-user", metavar="NAME", help="User to stream as; by default the one in primary_conninfo.")
@click.option("--rewind-user", metavar="NAME", help="User to rewind as; by default the replication user, or postgres.")
@click.option("--service", metavar="UNIT", default="", help="Start it as this unit of systemd, by sudo if need be.")
@click.option("--owner", metavar="USER", default="", help="Who is to own a data directory that is missing.")
@click.option("--bindir", metavar="DIR", default="", help="PostgreSQL's programs on the hosts; found by itself.")
@ssh_option
def command(pgpool: Pgpool, node: str, dry_run: bool, yes: bool, as_json: bool, **wishes: Any) -> None:
    """Bring NODE back as a standby of the current primary, and into service.

    NODE is its id, its hostname or host:port. Where its data lies, and who is primary, is asked from pgpool; the
    hosts are reached by ssh. What the node needs is found out first: nothing, only an attach, a start as a standby, or
    a rewind. Where nothing can be done safely, nothing is touched, and all the reasons are told. A base backup, which
    replaces the whole data directory, is made only with --method basebackup; the old directory is kept. That also helps
    where the data directory is missing or empty: it will belong to whoever owns the directory above, or to postgres.

    Run again after an interruption, it goes on where it stopped. --timeout is for each wait (to stop, start, replay, be
    attached), 300 seconds unless given.

    \b
    pypcp rejoin 0 --dry-run                 see what would be done
    pypcp rejoin ser.bigdata.wh.com --yes    do it
    """
    from pypcp_cli.progress import JsonLines, Lines, told_to_the_end

    pgpool.console.state = "nothing was changed"
    report: Progress = JsonLines(pgpool.console) if as_json else Lines(pgpool.console)
    with told_to_the_end(report), _rejoin(pgpool, node, **wishes) as rejoin:
        plan = _decided(rejoin, pgpool.console, can_ask=not dry_run)
        if dry_run:
            report.planned(plan)
            return
        if plan.steps and not yes:
            _ask(plan, pgpool.console)
            plan = rejoin.confirmed(plan)
        plan = _carry_out(rejoin, plan, report, pgpool.console)
        report.unused(_unused_slots(rejoin, pgpool.console))
        report.result(plan)


@contextlib.contextmanager
def _rejoin(pgpool: Pgpool, node: str, bindir: str, ssh_option: tuple[str, ...], **wishes: Any) -> Iterator[Rejoin]:
    from pypcp_cli.reach import on_the_way_to

    with on_the_way_to(node, pgpool, ssh_option) as (pool, found, host_of):
        from pypcp.rejoin.facts import Request
        from pypcp.rejoin.workflow import Rejoin

        timeout = pgpool.each_wait(300.0)
        with Rejoin(pool, found, host_of, Request(**wishes), timeout=timeout, bindir=bindir) as rejoin:
            yield rejoin


def _decided(rejoin: Rejoin, console: Console, can_ask: bool = True) -> Plan:
    """The plan. Where nothing but lost transactions stands against it, the operator at a terminal is asked."""
    from pypcp.rejoin.refusals import LOSSES, Refused

    try:
        return rejoin.plan()
    except Refused as refused:
        if {refusal.code for refusal in refused.refusals} - LOSSES or not (can_ask and console.can_ask):
            raise
        for refusal in refused.refusals:
            console.say_prose(refusal.said)
        console.agreed(refused.tried, "Throw that away?")
    rejoin.allow(discard_diverged=True)
    return rejoin.plan()


def _carry_out(rejoin: Rejoin, plan: Plan, report: Progress, console: Console) -> Plan:
    """Run the plan, and those after it; the last one. A refusal in between is no longer one with nothing changed."""
    if not plan.steps:
        return plan
    report.begins(plan)
    rejoin.run(plan, report)
    if not plan.again:
        return plan
    try:
        rejoin.look()
        return _carry_out(rejoin, _decided(rejoin, console), report, console)
    except RefusedForSafety as refused:
        raise OperationFailed(refused.tried, f"a part of it is done; then: {refused.said}", refused.do) from None


def _unused_slots(rejoin: Rejoin, console: Console) -> list[tuple[PoolNode, UnusedSlot]]:
    from pypcp.errors import PypcpError

    try:
        return rejoin.unused_slots()
    except PypcpError as why:  # the node is in service all the same
        console.complain(f"whether replication slots are left over could not be seen: {why}")
        return []


def _ask(plan: Plan, console: Console) -> None:
    if not console.can_ask:
        raise WrongUsage(f"rejoin {plan.target}", "there is no terminal to ask on", "See --dry-run, then use --yes.")
    from pypcp_cli.progress import plan_text

    console.say(plan_text(plan, console))
    console.agreed(f"rejoin {plan.target}", "Do this?")
