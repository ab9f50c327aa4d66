"""What doctor runs on each host, as shell that can be read and checked as shell."""

from __future__ import annotations

from pathlib import Path


def text(name: str) -> str:
    """The script of this name."""
    return Path(__file__).with_name(f"{name}.sh").read_text("utf-8")
