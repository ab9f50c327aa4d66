"""Go back to the files that were there before the last ``apply``: each host keeps them, and says which they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pypcp.hosts.document import Item, reading
from pypcp.hosts.host import Host
from pypcp.setup import scripts
from pypcp.setup.files import Whole
from pypcp.setup.gather import ask
from pypcp.setup.run import Reporter, Runner

_LINE = re.compile(r"(?:(?P<number>\d+) (?P<mode>[0-7]{1,4}) (?P<owner>[a-z_][a-z0-9_-]*)|- - -) (?P<path>\S.*)")


@dataclass(frozen=True)
class Kept:
    """A file as it was: ``text`` is None for one that was not there."""

    path: str
    text: str | None = field(repr=False)
    mode: int = 0
    owner: str = ""

    @property
    def title(self) -> str:
        """What going back to it is, in words."""
        return f"remove {self.path}" if self.text is None else f"put {self.path} back"


@dataclass(frozen=True)
class Backup:
    """What one ``apply`` kept on one host before it wrote."""

    host: str
    name: str
    files: tuple[Kept, ...]


def newest(host: Host) -> Backup | None:
    """The newest backup there that was not gone back to. Raises as ``gather`` does."""
    items = ask(host, "backups", [])
    if not items:
        return None
    with reading(f"read the manifest of the backup on {host.name}"):
        manifest = items["manifest"].text.splitlines()
        return Backup(host.name, items["name"].text, tuple(_kept(line, items) for line in manifest))


def _kept(line: str, items: Mapping[str, Item]) -> Kept:
    if not (found := _LINE.fullmatch(line)):
        raise ValueError(f"unexpected line {line[:80]!r}")
    if found["number"] is None:
        return Kept(found["path"], None)
    return Kept(found["path"], items[f"file:{found['number']}"].text, int(found["mode"], 8), found["owner"])


def restore(backup: Backup, host: Host, runner: Runner, report: Reporter) -> None:
    """Put every file back, let pgpool read them, and mark the backup: interrupted, all of that is done again."""
    for kept in backup.files:
        with report.told(backup.host, kept.title):
            owner = kept.path[1:].partition("/")[0] if kept.path.startswith("~") else kept.owner
            if kept.text is None:
                user = owner if kept.path.startswith("~") else "root"
                done = host.run(scripts.text("remove"), [kept.path], as_user=user)
                done.or_fail(f"remove {kept.path} on {backup.host}")
            else:
                runner.write(backup.host, Whole(kept.path, kept.text, owner, kept.mode), kept.text)
    if runner.is_running(backup.host):
        runner.reload(backup.host)
    done = host.run(scripts.text("undone"), [backup.name], as_user="root")
    done.or_fail(f"mark the backup {backup.name} on {backup.host} as gone back to")
