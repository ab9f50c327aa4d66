"""How a setup goes on, in lines on stderr; and what differs, for people."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypcp.setup.plan import Plan, Write
    from pypcp_cli.console import Console


class Report:
    """A line for each thing that was done."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def told(self, host: str, title: str) -> Iterator[None]:
        self._console.state = f"stopped while it was to {title} on {host}; the same command run again does the rest"
        began = time.monotonic()
        yield
        seconds = time.monotonic() - began
        self._console.say(f"{host}: {title}" + (f" ({seconds:.1f} s)" if seconds >= 1 else ""))


def differences(plan: Plan, meanings: Mapping[str, str]) -> str:
    """Each file that differs with its lines, or with its settings and what they mean."""
    lines = [f"PostgreSQL on {plan.primary}: {each.shown}" for each in plan.statements]
    for write in plan.writes:
        lines += [f"{write.host}: {write.file.path}{_why(write)}", *_of(write, meanings)]
    return "".join(f"{line}\n" for line in lines)


def _why(write: Write) -> str:
    if write.is_new:
        return " is not there"
    return "" if write.differences else f": owner {write.file.owner} and mode {write.file.mode:04o} are wanted"


def _of(write: Write, meanings: Mapping[str, str]) -> list[str]:
    shown = [(each.shown, meanings.get(each.name, "")) for each in write.differences]
    return [f"    {text:<56}  # {meaning}" if meaning else f"    {text}" for text, meaning in shown]
