"""An option that takes seconds: a number that can be waited for."""

from __future__ import annotations

import click

from pypcp.timing import LONGEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    _Type = click.ParamType[float]
else:
    _Type = click.ParamType  # older ones are not generic


class Seconds(_Type):
    """Seconds from ``least`` to 30 days. ``inf`` would wait for ever, and ``nan`` is neither more nor less than any."""

    name = "seconds"

    def __init__(self, least: float = 0.001) -> None:
        self.least = least

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            seconds = float(value)
        except ValueError:
            self.fail(f"{value!r} is no number of seconds", param, ctx)
        if not self.least <= seconds <= LONGEST:
            self.fail(f"{value} is not from {self.least:g} to {LONGEST:.0f} seconds", param, ctx)
        return seconds

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return "SECONDS"
