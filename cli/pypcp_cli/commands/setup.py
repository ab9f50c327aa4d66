"""``pypcp setup``: from hosts with streaming PostgreSQL to pgpools with watchdog and virtual IP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from pypcp.errors import WrongUsage
from pypcp_cli.options import ssh_option
from pypcp_cli.seconds import Seconds
from pypcp_cli.setup_init import init

if TYPE_CHECKING:
    from pypcp.setup.pair import Pair
    from pypcp.setup.plan import Plan
    from pypcp.setup.secrets import Secrets
    from pypcp.setup.workflow import Setup
    from pypcp_cli.console import Console

pair_option = click.option(
    "-f",
    "--file",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    default="pair.toml",
    show_default=True,
    help="The pair's description; its passwords are beside it, in pair.secrets.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document.")


@click.group("setup")
def command() -> None:
    """Turn hosts with streaming PostgreSQL into a pair behind pgpools with failover and a virtual IP.

    The pair is described in a file. From it every file of every host is made, compared with what is there, and
    written over ssh; what was there is kept, and can be had back.

    \b
    pypcp setup init                  describe the pair, in pair.toml
    pypcp setup diff                  what would be changed
    pypcp setup apply --start         write it all, and start the pgpools
    pypcp setup undo                  have the files back that were there before
    """


command.add_command(init)


@command.command()
@pair_option
@ssh_option
@json_option
@click.option("--dry-run", is_flag=True, help="Show what would be done. Nothing is changed.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before starting.")
@click.option("--start", is_flag=True, help="Start pgpool where it does not run.")
@click.option("--restart", is_flag=True, help="Stop and start pgpool where a change needs it; its sessions end.")
@click.option("--timeout", type=Seconds(), default=60.0, show_default=True,
              help="Seconds to wait for pgpool, and for the virtual IP.")  # fmt: skip
@click.pass_obj
def apply(
    console: Console,
    file: Path,
    ssh_option: tuple[str, ...],
    as_json: bool,
    dry_run: bool,
    yes: bool,
    start: bool,
    restart: bool,
    timeout: float,
) -> None:
    """Bring the hosts to what the description says. What is so already is left alone.

    Roles and extensions are made on the primary. Files are replaced each in one moment; those that were there are kept
    on each host in ~root/.pypcp-setup. A running pgpool is reloaded; what needs a restart is told, or done with
    --restart. Interrupted, it is run again.

    \b
    pypcp setup apply --dry-run
    pypcp setup apply --start --yes
    """
    with _setup(console, file, ssh_option) as setup:
        plan = setup.plan(start, restart)
        _advise(console, setup)
        if dry_run or plan.is_empty:
            console.write(_document("planned", plan) if as_json else _told(plan))
            return
        if not yes:
            _ask(plan.lines(), console, "apply")
        from pypcp_cli.setup_report import Report

        setup.run(plan, Report(console), timeout)
        console.write(_document("done", plan) if as_json else _done(plan))


@command.command()
@pair_option
@ssh_option
@json_option
@click.pass_obj
def diff(console: Console, file: Path, ssh_option: tuple[str, ...], as_json: bool) -> int:
    """Compare what the description says with what the hosts have.

    pgpool.conf is compared setting by setting, other files line by line; no password is shown. The exit status is 0
    when all is as described, 1 when not.

    \b
    pypcp setup diff
    """
    from pypcp.setup.meanings import meanings
    from pypcp_cli.setup_report import differences

    with _setup(console, file, ssh_option) as setup:
        facts = setup.look()
        plan = setup.differences()
        for refusal in setup.refusals():
            console.complain(f"{refusal.said}. {refusal.do}")
        _advise(console, setup)
    sample = next((host.sample for host in facts.hosts if host.sample), "")
    told = differences(plan, meanings(sample)) or "All is as described.\n"
    console.write(_document("different" if not plan.is_empty else "same", plan) if as_json else told)
    return 0 if plan.is_empty else 1


@command.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@pair_option
@ssh_option
@click.option("--sample", type=click.File(), help="A pgpool.conf to start from, in place of what the hosts have.")
@click.pass_obj
def render(console: Console, directory: Path, file: Path, ssh_option: tuple[str, ...], sample: IO[str] | None) -> None:
    """Write every file of every host into DIRECTORY, to look at or to copy there by other means.

    A file PATH of HOST becomes DIRECTORY/HOST/PATH, with ~USER for a home directory, and the SQL for the primary
    DIRECTORY/primary.sql. The hosts are asked for their version's own pgpool.conf, unless --sample names one.

    \b
    pypcp setup render out --sample /usr/share/pgpool2/pgpool.conf
    """
    from pypcp.setup.rendered import write

    if sample:
        pair, secrets = _read(console, file)
        samples = dict.fromkeys((host.name for host in pair.hosts), sample.read())
    else:
        with _setup(console, file, ssh_option) as setup:
            pair, secrets = setup.pair, setup.secrets
            samples = {host.name: host.sample for host in setup.look().hosts}
    for path in write(directory, pair, secrets, samples):
        console.write(f"{path}\n")


@command.command()
@pair_option
@ssh_option
@click.option("--dry-run", is_flag=True, help="Show what would be done. Nothing is changed.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before starting.")
@click.pass_obj
def undo(console: Console, file: Path, ssh_option: tuple[str, ...], dry_run: bool, yes: bool) -> None:
    """Have the files back that were there before the last apply; a second undo takes the apply before.

    Roles and extensions stay. A running pgpool is reloaded; it is not stopped.

    \b
    pypcp setup undo --dry-run
    """
    from pypcp_cli.setup_report import Report

    with _setup(console, file, ssh_option) as setup:
        backups = setup.backups()
        told = [f"{each.host}: {kept.title}" for each in backups for kept in each.files]
        if dry_run or not backups:
            console.write("\n".join(told or ["There is nothing to go back to."]) + "\n")
            return
        if not yes:
            _ask(told, console, "undo")
        setup.undo(backups, Report(console))
        console.write("The files are those from before.\n")


def _document(result: str, plan: Plan) -> str:
    return json.dumps({"result": result, **plan.document()}, indent=2) + "\n"


def _advise(console: Console, setup: Setup) -> None:
    for sentence in setup.advice():
        console.complain(f"note: {sentence}")


def _told(plan: Plan) -> str:
    lines = plan.lines() if not plan.is_empty else ["Nothing to do: all is as described.", *plan.notes()]
    return "\n".join(lines) + "\n"


def _done(plan: Plan) -> str:
    return "\n".join([f"{plan.pair} is set up.", *plan.notes()]) + "\n"


def _ask(lines: list[str], console: Console, word: str) -> None:
    if not console.can_ask:
        raise WrongUsage(f"setup {word}", "there is no terminal to ask on", "See --dry-run, then use --yes.")
    console.say("\n".join(lines))
    console.agreed(f"setup {word}", "Do this?")


def _read(console: Console, file: Path) -> tuple[Pair, Secrets]:
    """The pair and its secrets; what can be made up and is missing is made up and kept."""
    from pypcp.setup import pairfile, secrets

    pair, place = pairfile.read(file), secrets.path_beside(file)
    found = secrets.read(place)
    whole = found.completed(pair)
    if whole.values() != found.values():
        secrets.write(place, whole)
        console.say(f"Passwords that were missing are in {place}")
    return pair, whole


def _setup(console: Console, file: Path, ssh_options: tuple[str, ...]) -> Setup:
    from pypcp.setup.workflow import Setup
    from pypcp_cli.reach import hosts

    pair, secrets = _read(console, file)
    return Setup(pair, secrets, hosts(ssh_options))
