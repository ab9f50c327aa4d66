"""What the steps run on the hosts, one file for each, as shell that can be read and checked as shell.

Every script looks first whether its work is done already, then says "already" and ends; otherwise it does it, and
fails unless it then sees the effect. The first two arguments are always the programs' and the data directory.
"""

from __future__ import annotations

from pathlib import Path

from pypcp.postgres import scripts as of_postgres

_MORE = {"fetch": ("archive",)}  # which scripts share more functions than all do


def text(name: str) -> str:
    """The script of this name, with the functions that it shares with others in front."""
    return of_postgres.text("prelude", *_MORE.get(name, ())) + (Path(__file__).parent / f"{name}.sh").read_text("utf-8")
