"""The shell scripts that run on the hosts, each in a file of its own so that it can be read, and checked, as shell."""

from __future__ import annotations

from pathlib import Path


def text(name: str) -> str:
    """The script of this name."""
    return (Path(__file__).parent / f"{name}.sh").read_text("utf-8")
