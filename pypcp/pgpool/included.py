"""A pgpool.conf together with the files that it includes, which pgpool does from 4.3 on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from pypcp.pgpool import file
from pypcp.pgpool.conf import INCLUDE, ConfError, PgpoolConf

_DEEPEST = 10  # src/config/pool_config.l, ParseConfigFile


class Place(NamedTuple):
    """What a setting is, and where it was said: the file and the line, from 1."""

    value: str
    path: str
    line: int


def effective(path: str) -> dict[str, Place]:
    """Each setting as pgpool takes it: the last word counts, in the order in which files and their includes are read.

    Raises ConfError and OperationFailed as :meth:`PgpoolConf.parse` and :func:`file.read` do, and ConfError for files
    that include each other.
    """
    return {name: place for name, place in _said(path, 0) if name != INCLUDE}


def _said(path: str, depth: int) -> Iterator[tuple[str, Place]]:
    if depth > _DEEPEST:
        raise ConfError(f"read {path}", f"it is included {depth} files deep; pgpool goes no deeper than {_DEEPEST}")
    for entry in PgpoolConf.parse(file.read(path), path).entries:
        yield entry.name, Place(entry.value, path, entry.line)
        if entry.name == INCLUDE:
            yield from _said(_beside(path, entry.value), depth + 1)


def _beside(path: str, included: str) -> str:
    return os.path.normpath(os.path.join(os.path.dirname(path), included))
