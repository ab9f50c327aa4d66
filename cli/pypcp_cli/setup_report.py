"""How a setup goes on, in lines on stderr."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypcp_cli.console import Console


class Report:
    """A line for each thing that was done."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def begins(self, host: str, title: str) -> None:
        self._console.state = f"stopped while it was to {title} on {host}; the same command run again does the rest"

    def ended(self, host: str, title: str, seconds: float) -> None:
        self._console.say(f"{host}: {title}" + (f" ({seconds:.1f} s)" if seconds >= 1 else ""))
