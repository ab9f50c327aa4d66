"""The files of a pair in a directory here: to be looked at, or to be brought to the hosts by other means."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from pypcp.setup.pair import Pair
from pypcp.setup.render import render
from pypcp.setup.roles import statements
from pypcp.setup.secrets import Secrets

_NEWEST = 18  # whose SQL is written where no server was asked; it does from 10 on


def write(directory: Path, pair: Pair, secrets: Secrets, samples: Mapping[str, str]) -> Iterator[Path]:
    """Write them, and give the path of each. What stood there before is replaced. Raises OSError."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for host, files in render(pair, secrets, samples).items():
        for file in files:
            place = directory / host / file.path.lstrip("/")
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            yield _put(place, file.text(None), file.mode)
    yield _put(directory / "primary.sql", _sql(pair, secrets), 0o600)


def _sql(pair: Pair, secrets: Secrets) -> str:
    lines, database = ["-- For psql, on the primary, as a superuser."], ""
    for each in statements(pair, secrets, None, _NEWEST):
        if each.database != database:
            database = each.database
            lines.append(f'\\connect "{database}"')
        lines.append(f"{each.text};")
    return "\n".join(lines) + "\n"


def _put(place: Path, text: str, mode: int) -> Path:
    """In one moment, readable for nobody else from the start."""
    number, name = tempfile.mkstemp(dir=place.parent)
    with os.fdopen(number, "w", errors="surrogateescape", newline="") as file:
        file.write(text)
    os.chmod(name, mode)
    os.replace(name, place)
    return place
