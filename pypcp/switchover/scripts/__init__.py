"""What the steps of a switchover run on the hosts; the promotion is that of pypcp/postgres/scripts.

The first two arguments are always the programs' and the data directory.
"""

from __future__ import annotations

from pathlib import Path

from pypcp.postgres import scripts as of_postgres


def text(name: str) -> str:
    """The script of this name, whole."""
    own = Path(__file__).parent / f"{name}.sh"
    return of_postgres.text("prelude") + (own.read_text("utf-8") if own.exists() else of_postgres.text(name))
