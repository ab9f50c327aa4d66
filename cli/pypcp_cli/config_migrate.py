"""``pypcp config migrate``: an old pgpool.conf for a newer pgpool."""

from __future__ import annotations

import os

import click

from pypcp_cli.console import Console, visible, visible_line
from pypcp_cli.pgpool_files import path_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pypcp.pgpool.migration import Migration


@click.command("migrate")
@click.argument("old_file", required=False, metavar="[FILE]")
@click.option("--from", "old", required=True, metavar="VERSION", help="The pgpool that the file is for: 4.1.")
@click.option("--to", "new", required=True, metavar="VERSION", help="The pgpool that shall read it: 4.6.")
@click.option("-o", "--output", "output", metavar="PATH", help="Write it there, and pgpool_node_id beside it.")
@click.option("--in-place", is_flag=True, help="Replace the file; the old one is kept beside it.")
@click.option("--into", "sample", metavar="SAMPLE", help="Put the settings into this file, the new version's sample.")
@click.option("--json", "as_json", is_flag=True, help="The file and what was done as one JSON document.")
@click.pass_obj
def migrate(
    console: Console,
    old_file: str | None,
    old: str,
    new: str,
    output: str | None,
    in_place: bool,
    sample: str | None,
    as_json: bool,
) -> None:
    """Rewrite a pgpool.conf for a newer pgpool, and say what was renamed, replaced and dropped, and why.

    Comments, order and all that both versions have stay as they are. From 4.2 on the watchdog's members are a list that
    is the same on all hosts, and a file pgpool_node_id says which of them a host is; hosts are numbered by their names,
    so that files that are migrated host by host agree. The new file goes to standard output, unless told otherwise.

    \b
    $ pypcp config migrate --from 4.1 --to 4.6 pgpool.conf >pgpool.conf.new
    renamed  follow_master_command    to follow_primary_command
    replaced backend_clustering_mode  streaming_replication, which ...
    """
    from pypcp.pgpool import file
    from pypcp.pgpool.conf import PgpoolConf
    from pypcp.pgpool.migration import migrate as migrated
    from pypcp.pgpool.parameters import release
    from pypcp_cli.render import as_json as rendered

    if output and in_place:
        raise click.UsageError("--output and --in-place are two places; take one")
    path = path_of("pgpool.conf", old_file)
    before = file.read(path)
    done = migrated(PgpoolConf.parse(before, path), release(old), release(new))
    text = PgpoolConf.parse(file.read(sample), sample).changed(done.conf.settings).text if sample else done.conf.text
    place = path if in_place else output
    if place:
        _write(console, place, before if in_place else file.read(place, absent=""), text, done.node_id, like=path)
    if as_json:
        notes = [note._asdict() for note in done.notes]
        console.write(rendered({"notes": notes, "node_id": done.node_id, "text": None if place else text}))
        return
    if not place:
        console.write(text)
    _tell(console, done)


def _write(console: Console, place: str, before: str, text: str, node_id: int | None, *, like: str) -> None:
    from pypcp.pgpool import file

    if saved := file.replace(place, before, text, like=like, backup=True):
        console.say(f"The old file is {saved}")
    console.say(f"{place} is written")
    if node_id is not None:
        beside = os.path.join(os.path.dirname(place), "pgpool_node_id")
        file.replace(beside, file.read(beside, absent=""), f"{node_id}\n", like=place)
        console.say(f"{beside} is written: {node_id}")


def _tell(console: Console, done: Migration) -> None:
    width = max((len(note.name) for note in done.notes), default=0)
    for note in done.notes:
        console.say(visible(f"{note.kind:8}  {visible_line(note.name):{width}}  {visible_line(note.text)}"))
