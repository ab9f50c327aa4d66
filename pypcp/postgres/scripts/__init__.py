"""The shell scripts that run on the hosts, each in a file of its own so that it can be read, and checked, as shell."""

from __future__ import annotations

from pathlib import Path


def text(*names: str) -> str:
    """The script of this name; of several names, one after the other."""
    return "".join((Path(__file__).parent / f"{name}.sh").read_text("utf-8") for name in names)
