"""``pypcp drill``: break the pair on purpose, and measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pypcp.errors import WrongUsage
from pypcp_cli.options import connection_options, ssh_option

if TYPE_CHECKING:
    from types import ModuleType

    from pypcp.drill.stage import Stage
    from pypcp.status.facts import Facts
    from pypcp_cli.options import Pgpool


@click.command("drill")
@connection_options
@click.option("--on-a-real-pair", metavar="NAME", help="The cluster's name once more, when it is no lab.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before starting.")
@click.option("--dry-run", is_flag=True, help="See whether the pair is healthy, and what would be done.")
@click.option("--sql", "conninfo", metavar="CONNINFO", envvar="PYPCP_SQL",
              help="How clients reach it. [default: through pgpool, by the virtual IP if it has one]")  # fmt: skip
@click.option("--html", "page", type=click.Path(dir_okay=False, writable=True), help="Write the report as a page too.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@ssh_option
def command(
    pgpool: Pgpool,
    on_a_real_pair: str | None,
    yes: bool,
    dry_run: bool,
    conninfo: str | None,
    page: str | None,
    as_json: bool,
    ssh_option: tuple[str, ...],
) -> int:
    """Break the pair on purpose, see it heal, and measure what clients notice.

    Two clients are at work all the time: one writes rows, one connects anew. Meanwhile the pgpool that leads is
    stopped, so that another takes over the virtual IP; the primary is stopped, so that pgpool fails over; and the
    stopped node is rejoined. Told is how long nobody could connect or write, and whether every acknowledged commit is
    there. Another node is the primary afterwards; nothing else has changed.

    The cluster must be healthy. On a lab it begins when you say yes; on a real pair it wants its name, too. Exit code
    1: an act failed, or commits are missing.

    \b
    $ pypcp drill --cluster lab --yes --html drill.html
    $ pypcp drill --cluster shop --on-a-real-pair shop
    """
    from pypcp.drill import report, workflow
    from pypcp_cli import drill_report

    name = _allowed(pgpool, on_a_real_pair)
    workflow.check(_look(pgpool, conninfo))
    stage = _stage(pgpool, conninfo, ssh_option)
    acts = workflow.acts(stage)
    if dry_run:
        pgpool.console.write("".join(f"{number}. {act.TITLE}\n" for number, act in enumerate(acts, 1)))
        return 0
    if not yes:
        _ask(pgpool, name, acts)
    record = workflow.play(name, stage, acts, pgpool.console.say)
    pgpool.console.write(drill_report.as_json(record) if as_json else drill_report.text(record))
    if page:
        _write(page, report.page(record))
    return 0 if record.passed else 1


def _allowed(pgpool: Pgpool, real: str | None) -> str:
    """The cluster's name. Raises WrongUsage for a real pair that was not named a second time."""
    from pypcp.lab import profile

    name = pgpool.cluster_name or pgpool.address.host or "localhost"
    if pgpool.cluster_name and profile.directory(pgpool.cluster_name):
        return name
    if real == name:
        return name
    said = (
        f"{name} is no lab, and its name was not given a second time" if real is None else f"this is {name}, not {real}"
    )
    raise WrongUsage(f"drill {name}", said, f"Its primary will be stopped. If that is meant: --on-a-real-pair {name}")


def _look(pgpool: Pgpool, conninfo: str | None) -> Facts:
    from pypcp.status.gather import gather
    from pypcp_cli import places
    from pypcp_cli.sql import Wish

    return gather(places.named(pgpool, Wish(True, conninfo)))


def _stage(pgpool: Pgpool, conninfo: str | None, ssh_option: tuple[str, ...]) -> Stage:
    from pypcp.drill.clients import Clients
    from pypcp.drill.stage import Stage
    from pypcp_cli.progress import Lines
    from pypcp_cli.reach import hosts, pool_and_hosts

    pool, node_host = pool_and_hosts(pgpool, ssh_option)
    return Stage(
        pcp=lambda host: pgpool.client_at(host) if host else pgpool.client(),
        host_of=hosts(pgpool.ssh_options(ssh_option)),
        node_host=node_host,
        clients=Clients(conninfo or _of_lab(pgpool) or pgpool.sql or _through(pgpool, pool.settings())),
        report=Lines(pgpool.console),
        timeout=pgpool.each_wait(120.0),
    )


def _of_lab(pgpool: Pgpool) -> str | None:
    """A lab's superuser, who may create a table."""
    from pypcp.lab import load, profile
    from pypcp.sql.conninfo import conninfo

    directory = profile.directory(pgpool.cluster_name) if pgpool.cluster_name else None
    lab = load(directory) if directory else None
    if not lab:
        return None
    return conninfo(host=pgpool.address.host, port=lab.port, user="postgres", dbname="postgres", passfile=lab.pgpass)


def _through(pgpool: Pgpool, settings: dict[str, str]) -> str:
    """The way that clients take: the virtual IP where there is one."""
    from pypcp.sql.conninfo import of_pgpool

    return of_pgpool(settings.get("delegate_ip") or settings.get("delegate_IP") or pgpool.address.host, settings)


def _ask(pgpool: Pgpool, name: str, acts: list[ModuleType]) -> None:
    if not pgpool.console.can_ask:
        raise WrongUsage(f"drill {name}", "there is no terminal to ask on", "See --dry-run, then use --yes.")
    pgpool.console.say("\n".join(f"{number}. {act.TITLE}" for number, act in enumerate(acts, 1)))
    pgpool.console.agreed(f"drill {name}", f"Do this to {name}?")


def _write(path: str, text: str) -> None:
    from pypcp.errors import OperationFailed

    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as why:
        raise OperationFailed(f"write the report to {path}", why.strerror or str(why)) from None
