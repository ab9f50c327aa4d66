"""``pypcp config``: read, change, compare and migrate a pgpool.conf."""

from __future__ import annotations

import click

from pypcp_cli.config_diff import diff
from pypcp_cli.config_migrate import migrate
from pypcp_cli.console import Console, visible_line
from pypcp_cli.pgpool_files import new_password, path_of
from pypcp_cli.pgpool_release import release_of, release_option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pypcp.pgpool.difference import Difference
    from pypcp.pgpool.parameter import Release

file_option = click.option("-f", "--file", "given", metavar="PATH", help="pgpool.conf. [default: this host's]")
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document.")


@click.group("config")
def command() -> None:
    """Read, change, compare and migrate a pgpool.conf, comments and order kept.

    \b
    pypcp config get                          what is set, and where
    pypcp config set sr_check_period=5s       in place; says whether a reload is enough
    pypcp config diff -h pgpool1              the file against the pgpool that runs
    pypcp config migrate --from 4.1 --to 4.6  an old file for a newer pgpool
    """


command.add_command(diff)
command.add_command(migrate)


@command.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@file_option
@release_option
@json_option
@click.pass_obj
def get(console: Console, names: tuple[str, ...], given: str | None, version: str | None, as_json: bool) -> None:
    """Print what is set, with the file and line that say so, or the value of each NAME.

    What the file leaves to pgpool is its version's default. Files that are included are read, too. Secrets are shown
    as three asterisks.

    \b
    $ pypcp config get port num_init_children
    9999
    32
    """
    from pypcp.pgpool.included import effective
    from pypcp.pgpool.parameters import lookup, required
    from pypcp_cli.render import as_json as rendered
    from pypcp_cli.render import as_table

    path = path_of("pgpool.conf", given)
    said = effective(path)
    release = release_of(version) if names else None
    rows = []
    for name in names or said:
        parameter = required(name, release) if release else lookup(name, (4, 7))
        place = said.get(name)
        value = place.value if place else parameter.default_in(release) if parameter and release else ""
        shown = "***" if value and _is_secret(name) else value
        rows.append((name, shown, place.path if place else None, place.line if place else None))
    if as_json:
        console.write(rendered([dict(zip(("name", "value", "file", "line"), row, strict=True)) for row in rows]))
    elif names:
        console.write("".join(f"{value}\n" for _, value, _, _ in rows))
    else:
        table = [(visible_line(name), visible_line(value), f"{file}:{line}") for name, value, file, line in rows]
        console.write(as_table(("Name", "Value", "Said in"), table))


@command.command("set")
@click.argument("settings", nargs=-1, required=True, metavar="NAME[=VALUE]...")
@click.option("--default", "to_default", is_flag=True, help="Comment each NAME out, so that pgpool's default holds.")
@click.option("--backup", is_flag=True, help="Keep the old file beside the new one.")
@click.option("--dry-run", is_flag=True, help="Show what would change. Nothing is written.")
@file_option
@release_option
@json_option
@click.pass_obj
def set_(
    console: Console,
    settings: tuple[str, ...],
    to_default: bool,
    backup: bool,
    dry_run: bool,
    given: str | None,
    version: str | None,
    as_json: bool,
) -> None:
    """Change settings in place. A NAME without a value is asked for, or read as a line of standard input.

    Names that this version of pgpool does not have are refused, as are values that it would not take: pgpool itself
    ignores the one without a word, and does not start with the other. Passwords are never taken from the command line.

    \b
    $ pypcp config set sr_check_period=5s num_init_children=64
    sr_check_period: '10' -> '5s': reload
    num_init_children: '32' -> '64': restart
    /etc/pgpool2/pgpool.conf is written. pgpool has to be restarted.
    """
    from pypcp.pgpool import file
    from pypcp.pgpool.conf import PgpoolConf
    from pypcp.pgpool.difference import differences

    path, release = path_of("pgpool.conf", given), release_of(version)
    wanted = dict(_wanted(console, each, to_default, release) for each in settings)
    _refuse_what_is_said_elsewhere(path, list(wanted))
    before = file.read(path)
    conf = PgpoolConf.parse(before, path)
    after = conf.changed(wanted)
    changes = differences(conf.settings, after.settings, release)
    saved = None
    if not dry_run and after.text != before:
        saved = file.replace(path, before, after.text, backup=backup)
    _report(console, path, changes, saved, written=not dry_run and after.text != before, as_json=as_json)


def _wanted(console: Console, setting: str, to_default: bool, release: Release) -> tuple[str, str | None]:
    """Name and value. Raises UsageError for what this release would not take, and for a password that is typed here."""
    from pypcp.pgpool.parameters import required

    name, equals, value = setting.partition("=")
    parameter = required(name.strip(), release)
    if to_default:
        if equals:
            raise click.UsageError(f"--default takes names alone: {name}")
        return name.strip(), None
    if equals and parameter.is_secret and value:
        raise click.UsageError(f"others can read a command line: give {name} alone, and the value when asked")
    if not equals:
        value = new_password(console, name) if parameter.is_secret else console.password(name)
    value = value.strip() if equals else value
    if wrong := parameter.complaint(value, release):
        raise click.UsageError(f"{name}: {visible_line(value)!r} {wrong}")
    return name.strip(), value


def _refuse_what_is_said_elsewhere(path: str, names: list[str]) -> None:
    from pypcp.errors import WrongUsage
    from pypcp.pgpool.included import effective

    said = effective(path)
    for name in names:
        if name in said and said[name].path != path:
            there = said[name]
            what = f"{there.path}, which is included, says it in line {there.line}"
            raise WrongUsage(f"set {name} in {path}", what, f"Set it there: --file {there.path}")


def _report(
    console: Console, path: str, changes: list[Difference], saved: str | None, *, written: bool, as_json: bool
) -> None:
    from pypcp_cli.config_diff import document
    from pypcp_cli.render import as_json as rendered

    restart = any(change.needs_restart for change in changes)
    if as_json:
        told = {"file": path, "written": written, "backup": saved, "needs_restart": restart if changes else None}
        console.write(rendered({**told, "changes": [document(change) for change in changes]}))
        return
    for change in changes:
        here, there = (visible_line(repr(value)) if value is not None else "default" for value in change.shown())
        console.write(f"{change.name}: {here} -> {there}: {'restart' if change.needs_restart else 'reload'}\n")
    if saved:
        console.say(f"The old file is {saved}")
    if not written:
        console.say("Nothing is written." if changes else f"{path} is so already")
    else:
        what = "restarted" if restart else "reloaded: pypcp reload-config"
        console.say(f"{path} is written. pgpool has to be {what}{'.' if restart else ''}")


def _is_secret(name: str) -> bool:
    from pypcp.pgpool.difference import is_secret

    return is_secret(name)
