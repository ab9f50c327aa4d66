"""What the steps of a switchover run on the hosts, with the functions of rejoin's scripts in front.

The first two arguments are always the programs' and the data directory.
"""

from __future__ import annotations

from pathlib import Path

from pypcp.rejoin import scripts as of_rejoin


def text(name: str) -> str:
    """The script of this name, whole."""
    return of_rejoin.prelude() + (Path(__file__).parent / f"{name}.sh").read_text("utf-8")
