"""``pypcp proc-info``."""

from __future__ import annotations

import click

from pypcp_cli.options import Pgpool, pcp_options
from pypcp_cli.render import Output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pypcp.records import Process


@click.command("proc-info")
@click.option("-P", "--process-id", "pid_option", type=click.IntRange(1), metavar="PID", help="Only this process.")
@click.option("-a", "--all", "all_slots", is_flag=True, help="Also the slots of the pool that are free.")
@click.argument("pid", type=click.IntRange(1), required=False)
@pcp_options
def command(pgpool: Pgpool, output: Output, pid_option: int | None, pid: int | None, all_slots: bool) -> None:
    """Show what the processes do that serve clients.

    \b
    $ pypcp proc-info -h bak
    PID    Node  Database  User     Status               Connected  Since
    31808  0     appdb     appuser  Wait for connection  no         2026-11-23 00:29:28
    31808  1     appdb     appuser  Wait for connection  no         2026-11-23 00:29:28

    A row for each process, slot of its pool, and node. Times are those of pgpool's own time zone from 4.3 on.
    """
    if pid_option and pid:
        raise click.UsageError(f"two processes, {pid_option} and {pid}; name one")
    processes = pgpool.client().proc_info(pid_option or pid)
    _show(output, [process for process in processes if all_slots or process.database], all_slots)


def _show(output: Output, processes: list[Process], all_slots: bool) -> None:
    from pypcp_cli import processes as rows

    output.documents(
        rows.process_documents(processes) if output.format in ("json", "csv") else [],
        table=lambda: rows.process_table(processes),
        pcp=lambda: _pcp(processes, all_slots),
        keys=rows.KEYS,
    )


def _pcp(processes: list[Process], all_slots: bool) -> str:
    from pypcp_cli.dropin import proc_info

    return proc_info.text(processes, is_verbose=False, wants_all=all_slots) if processes else proc_info.NOTHING
