"""The lab's cluster profile, so that ``pypcp --cluster lab node-info`` needs no further options."""

from __future__ import annotations

import contextlib
from pathlib import Path

from pypcp import config
from pypcp.errors import OperationFailed, WrongUsage
from pypcp.lab.layout import PGPOOL_HOST, RECORD, Lab
from pypcp.lab.passwords import PGPOOL_USER


def text(lab: Lab) -> str:
    """The profile as TOML. Nothing in it has to be escaped: see ``FORBIDDEN`` in layout.py."""
    return f"""\
# Written by `pypcp lab up`; `pypcp lab down` removes it, unless it was changed.
[clusters."{lab.name}"]
host = "{PGPOOL_HOST}"
port = {lab.pcp_port}
username = "{PGPOOL_USER}"
passfile = "{lab.pcppass}"
sql = "host={PGPOOL_HOST} port={lab.port} user={PGPOOL_USER} dbname=postgres passfile='{lab.pgpass}'"
"""


def directory(name: str) -> Path | None:
    """Where the lab of that profile is, or None: there is no such profile, or it is not a lab's."""
    try:
        passfile = config.cluster(name).passfile
    except WrongUsage:
        return None
    place = Path(passfile or "").parent
    return place if (place / RECORD).exists() else None


def check(lab: Lab) -> None:
    """Raises OperationFailed when another cluster has that name."""
    file = config.cluster_file(lab.name)
    if file.exists() and file.read_text() != text(lab):
        raise OperationFailed(
            f"name the lab's cluster {lab.name!r}",
            f"another cluster has this name, in {file}",
            "Choose another name with --name, or remove that file if its cluster is gone.",
        )


def write(lab: Lab) -> None:
    """Write the profile, whole or not at all."""
    file = config.cluster_file(lab.name)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.new")
    draft.write_text(text(lab))
    draft.replace(file)


def remove(lab: Lab) -> None:
    """Remove the profile if it is the lab's own, and the directories that were made for it."""
    file = config.cluster_file(lab.name)
    with contextlib.suppress(OSError):
        if file.read_text() == text(lab):
            file.unlink()
            file.parent.rmdir()
            file.parent.parent.rmdir()
