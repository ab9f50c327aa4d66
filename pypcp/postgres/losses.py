"""Which relations the committed transactions changed that only the target has: what an operator decides by.

The target is down, so the names come from the source, which has the same files for what was there before the fork. A
file that was made after it may have the same number as another one there: it is told as what only the target has.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from pypcp.errors import PypcpError, on_one_line
from pypcp.hosts import document
from pypcp.hosts.host import Host
from pypcp.postgres import scripts
from pypcp.postgres.divergence import Divergence
from pypcp.postgres.instance import Instance

FIRST_NORMAL = 16384  # files of system catalogs have smaller numbers until they are rewritten (transam.h)
TABLES = ("r", "m", "p")  # pg_class.relkind
SHOWN = 8  # relations named in a message; all of them are in the file beside the saved WAL


@dataclass(frozen=True)
class Change:
    """Rows of one table: inserted, updated, deleted. ``removed``: the table was dropped, truncated or rewritten."""

    database: str
    relation: str
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    removed: bool = False

    def __str__(self) -> str:
        counted = ((self.inserted, "inserted"), (self.updated, "updated"), (self.deleted, "deleted"))
        parts = [f"{number} {what}" for number, what in counted if number]
        parts += ["dropped, truncated or rewritten"] if self.removed else []
        return f"{self.relation} in database {self.database} ({', '.join(parts)})"


@dataclass(frozen=True)
class Losses:
    """``changes`` to tables that the source has, too; ``new`` counts the files of tables that were made after the fork.

    ``definitions`` when system catalogs were changed: tables, functions, roles, statistics. ``trouble`` says why not
    all of it is known, empty when it is.
    """

    changes: tuple[Change, ...] = ()
    new: int = 0
    definitions: bool = False
    trouble: str = ""

    def lines(self) -> list[str]:
        """All of it, a line each."""
        lines = [str(change) for change in self.changes]
        number = "1 new file" if self.new == 1 else f"{self.new} new files"
        lines += [f"tables that only it has ({number})"] if self.new else []
        lines += ["system catalogs (definitions or statistics)"] if self.definitions else []
        return [*lines, *([f"not all is known: {self.trouble}"] if self.trouble else [])]

    def summary(self) -> str:
        """The same for a message, cut short where it is long."""
        lines = self.lines()
        more = [f"and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
        return "; ".join(lines[:SHOWN] + more)


@dataclass(frozen=True)
class _File:
    """What became of one relation file: the line that changes.sh prints."""

    tablespace: int
    database: int
    number: int
    inserted: int
    updated: int
    deleted: int
    made: int
    removed: int


def measure(host: Host, target: Instance, divergence: Divergence, source_host: Host, source: Instance) -> Losses:
    """What the committed transactions after the fork changed. Never raises for want of an answer: see ``trouble``."""
    try:
        files = _files(host, target, divergence)
        return losses(files, _names(source_host, source, files))
    except (PypcpError, ValueError, KeyError, TypeError) as why:
        return Losses(trouble=on_one_line(str(why)))


def losses(files: Sequence[_File], named: dict[tuple[int, int, int], Change | None]) -> Losses:
    """The losses, from the files and what the source calls them; None for what is no table of its own."""
    changes: list[Change] = []
    unknown = 0
    for each in files:
        place = (each.tablespace, each.database, each.number)
        if not _is_told(each):
            continue
        if place not in named:
            unknown += 1
        elif table := named[place]:
            counts = (each.inserted, each.updated, each.deleted, bool(each.removed))
            changes.append(Change(table.database, table.relation, *counts))
    changes.sort(key=lambda change: (-change.inserted - change.updated - change.deleted, str(change)))
    return Losses(
        tuple(changes),
        new=sum(bool(each.made) for each in files),
        definitions=any(each.number < FIRST_NORMAL for each in files),
        trouble=f"the primary has no name for {unknown} files" if unknown else "",
    )


def _is_told(file: _File) -> bool:
    """Whether it has a name: no system catalog, and not made after the fork, when its number may be another one's."""
    return file.number >= FIRST_NORMAL and not file.made


def _files(host: Host, target: Instance, divergence: Divergence) -> list[_File]:
    spelled, directory = target.era.spelled, target.data_directory
    args = [target.bindir, directory + spelled("/pg_wal"), *divergence.stretches]
    answer = host.run(spelled(scripts.text("changes")), args, owner_of=directory, timeout=600.0)
    answer.or_fail(f"read the WAL of {directory} on {host.name}")
    return [
        _File(*(int(number) for number in line.replace("/", " ").split()))
        for line in answer.stdout.decode("utf-8", "replace").splitlines()
    ]


def _names(host: Host, source: Instance, files: Sequence[_File]) -> dict[tuple[int, int, int], Change | None]:
    """What the source calls the files; without those that it does not know."""
    wanted: dict[int, list[str]] = {}
    for each in filter(_is_told, files):
        wanted.setdefault(each.database, []).append(f"{each.tablespace}/{each.number}")
    if not wanted:
        return {}
    args = [source.bindir, source.data_directory]
    for database, places in wanted.items():
        args += [str(database), ",".join(places[:5000])]  # far below what an argument may hold
    tried = f"ask {host.name} for names"
    items = document.ask(host, tried, scripts.text("relations"), args, owner_of=source.data_directory)
    found: dict[tuple[int, int, int], Change | None] = {}
    for asked, item in items.items():
        if item.exit == 0:
            found.update(_named(int(asked), json.loads(item.text)))
    return found


def _named(database: int, told: dict[str, object]) -> dict[tuple[int, int, int], Change | None]:
    found: dict[tuple[int, int, int], Change | None] = {}
    relations = told["relations"] or []
    if not isinstance(relations, list):
        raise ValueError("the primary's answer has no list of relations")
    for each in relations:
        tablespace, _, number = each["file"].partition("/")
        is_table = each["kind"] in TABLES
        table = Change(on_one_line(str(told["database"])), on_one_line(f"{each['schema']}.{each['name']}"))
        found[int(tablespace), database, int(number)] = table if is_table else None
    return found
