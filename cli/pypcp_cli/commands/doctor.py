"""``pypcp doctor``: whether a pair has all that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pypcp_cli.options import connection_options, ssh_option
from pypcp_cli.seconds import Seconds

if TYPE_CHECKING:
    from pypcp.doctor.facts import Facts
    from pypcp_cli.options import Pgpool


@click.command("doctor")
@connection_options
@click.option("--sql", "conninfo", metavar="CONNINFO", envvar="PYPCP_SQL",
              help="How clients reach the pair; by default as the user of pgpool's own checks.")  # fmt: skip
@click.option("--all", "tells_all", is_flag=True, help="Show what passed, too.")
@click.option("--json", "as_json", is_flag=True, help="Print all results as JSON.")
@click.option("--deadline", type=Seconds(0.1), default=10.0, show_default=True, help="Seconds for each source.")
@ssh_option
def command(
    pgpool: Pgpool,
    conninfo: str | None,
    tells_all: bool,
    as_json: bool,
    deadline: float,
    ssh_option: tuple[str, ...],
) -> int:
    """Examine everything that a pair needs to fail over and to be repaired.

    The hosts are looked at by ssh, as root; pgpool and PostgreSQL are asked. Nothing is changed. Each condition is
    passed, warned of, failed, or unknown where it could not be looked at; with why it matters and what mends it.
    Exit code 0: nothing failed and nothing is unknown; 1: something is.

    \b
    $ pypcp doctor -h 192.168.70.150
    $ pypcp doctor --cluster shop --json | jq '.results[] | select(.status != "pass")'
    """
    from pypcp.doctor.checks import examine
    from pypcp.doctor.result import Status
    from pypcp_cli import doctor_report

    groups = examine(_look(pgpool, conninfo, deadline, ssh_option))
    told = doctor_report.as_json(groups) if as_json else doctor_report.text(groups, tells_all, pgpool.target)
    pgpool.console.write(told)
    return 1 if any(result.status in (Status.FAIL, Status.UNKNOWN) for _, each in groups for result in each) else 0


def _look(pgpool: Pgpool, conninfo: str | None, deadline: float, ssh_option: tuple[str, ...]) -> Facts:
    from pypcp.doctor.gather import Way, gather
    from pypcp.status.gather import gather as look
    from pypcp_cli import places
    from pypcp_cli.reach import hosts
    from pypcp_cli.sql import Wish

    status = look(places.named(pgpool, Wish(True, conninfo)), deadline)
    asked = pgpool.address.host or "localhost"
    way = Way(
        pcp=pgpool.client_at,
        host=hosts(pgpool.ssh_options(ssh_option), asked),
        seconds=deadline,
        sql=conninfo or pgpool.sql,
    )
    return gather(status, asked, way)
