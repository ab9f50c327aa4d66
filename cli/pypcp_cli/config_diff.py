"""``pypcp config diff``: two files, or a file and the pgpool that runs."""

from __future__ import annotations

import click

from pypcp_cli.console import visible_line
from pypcp_cli.options import Pgpool, pcp_options
from pypcp_cli.pgpool_files import path_of
from pypcp_cli.pgpool_release import release_of, release_option
from pypcp_cli.render import Output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pypcp.pgpool.difference import Comparison, Difference


@click.command("diff")
@click.argument("files", nargs=-1, metavar="[FILE [OTHER]]")
@release_option
@pcp_options
def diff(pgpool: Pgpool, output: Output, files: tuple[str, ...], version: str | None) -> int:
    """Compare two files, or a file with the pgpool that runs, setting by setting, by what they mean.

    60s is 1min, on is true, and what is not said is the default. With one FILE, or none, pgpool is asked over PCP: what
    it does not tell is not compared. The exit status is 0 when all is the same, 1 when not.

    \b
    $ pypcp config diff /etc/pgpool2/pgpool.conf
    Name             File  pgpool  Takes effect by
    sr_check_period  5s    10      reload
    """
    from pypcp.pgpool.difference import against_running, differences
    from pypcp.pgpool.included import effective

    if len(files) > 2:
        raise click.UsageError("two files at most")
    release = release_of(version)
    here = {name: place.value for name, place in effective(path_of("pgpool.conf", next(iter(files), None))).items()}
    if len(files) == 2:
        there = {name: place.value for name, place in effective(files[1]).items()}
        found, heads = differences(here, there, release), ("First", "Second")
    else:
        told = [(setting.name, setting.value) for setting in pgpool.client().pool_status()]
        compared = against_running(here, told, release)
        found, heads = compared.differing, ("File", "pgpool")
        _tell_the_rest(pgpool, compared)
    output.documents(
        [document(each) for each in found],
        table=lambda: (("Name", *heads, "Takes effect by"), [_row(each) for each in found]),
        pcp=lambda: "".join(f"{each.name} {each.shown()[0]} {each.shown()[1]}\n" for each in found),
        keys=("name", "here", "there", "needs_restart"),
    )
    return 1 if found else 0


def _tell_the_rest(pgpool: Pgpool, compared: Comparison) -> None:
    if compared.untold:
        pgpool.console.say(f"Not told by pgpool, so not compared: {visible_line(', '.join(compared.untold))}")
    if compared.unsaid:
        named = ", ".join(f"{each.name} = {each.there!r}" for each in compared.unsaid)
        pgpool.console.say(f"Not in the file, and not the usual default, maybe this package's: {visible_line(named)}")


def document(change: Difference) -> dict[str, Any]:
    """A difference as JSON has it."""
    here, there = change.shown()
    return {"name": change.name, "here": here, "there": there, "needs_restart": change.needs_restart}


def _row(change: Difference) -> tuple[str, ...]:
    shown = (visible_line(value) if value is not None else "(default)" for value in change.shown())
    return visible_line(change.name), *shown, "restart" if change.needs_restart else "reload"
