"""Before files are copied or written: whether those who do it may."""

from __future__ import annotations

from collections.abc import Sequence

from pypcp.rejoin.facts import Facts
from pypcp.rejoin.refusals import Refusal

SHOWN = 5


def a_rewind_can_write_all(facts: Facts) -> Refusal | None:
    """pg_rewind replaces and removes whatever differs, configuration too, and dies half-way where it may not."""
    return _unwritable(facts, facts.target_files.forbidden)


def the_server_can_write_its_own(facts: Facts) -> Refusal | None:
    """A start needs less: a postgresql.conf that belongs to root does no harm."""
    return _unwritable(facts, [path for path in facts.target_files.forbidden if _is_the_servers(facts, path)])


def the_source_can_be_read(facts: Facts) -> Refusal | None:
    """The source's server reads them for a rewind and for a base backup, and both die half-way where it may not."""
    source = facts.source
    if not (source and source.instance and facts.source_files.forbidden):
        return None
    return Refusal(
        "source-unreadable",
        f"{source.instance.owner} cannot read, on {source.instance.host}: {_shown(facts.source_files.forbidden)}",
        f"Nothing could be copied from there. Give these files to {source.instance.owner}, or take them out.",
    )


def _unwritable(facts: Facts, paths: Sequence[str]) -> Refusal | None:
    target = facts.target.instance
    if not target or not paths:
        return None
    if paths[0].rstrip("/") == target.data_directory.rstrip("/"):
        what = f"{target.data_directory} itself, which may be mounted read-only"
    else:
        what = _shown(paths)
    return Refusal(
        "target-unwritable",
        f"{target.owner} cannot write, on {target.host}: {what}",
        f"Give these files to {target.owner}, or mount the file system for writing.",
    )


def _is_the_servers(facts: Facts, path: str) -> bool:
    """Whether it is of PostgreSQL's data, or the directory itself."""
    assert facts.target.instance
    first = path.removeprefix(facts.target.instance.data_directory).strip("/").partition("/")[0]
    return first in ("", "base", "global") or (first.startswith("pg_") and not first.endswith(".conf"))


def _shown(paths: Sequence[str]) -> str:
    more = ", and more" if len(paths) > SHOWN else ""
    return ", ".join(map(repr, paths[:SHOWN])) + more
