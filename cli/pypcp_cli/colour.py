"""The option for colour, before a command or behind it."""

from __future__ import annotations

import click

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def color_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--color``, for what is printed in colour; it stands above NO_COLOR."""

    def take(context: click.Context, option: click.Parameter, value: str | None) -> None:
        if value:
            context.obj.colour = value

    return click.option(
        "--color",
        type=click.Choice(("auto", "always", "never")),
        callback=take,
        expose_value=False,
        help="When to use colour. [default: auto, on a terminal without NO_COLOR]",
    )(function)
