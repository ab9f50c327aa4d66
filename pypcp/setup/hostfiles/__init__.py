"""Programs that setup puts on the hosts, as text; what comes before each of them says whose they are."""

from __future__ import annotations

from pathlib import Path


def text(name: str) -> str:
    """The program of this name, without its first lines."""
    return Path(__file__).with_name(f"{name}.sh").read_text("utf-8")
