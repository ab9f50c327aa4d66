"""Which version of pgpool is meant: as was said, else that of this host's pgpool."""

from __future__ import annotations

import click

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pypcp.pgpool.parameter import Release

release_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--for", "version", metavar="VERSION", help="The pgpool that reads the file: 4.3. [default: this host's]"
)


def release_of(version: str | None) -> Release:
    """The release. Raises WrongUsage for what is none, and where there is no pgpool here to ask."""
    from pypcp.errors import WrongUsage
    from pypcp.pgpool.parameters import release

    if version:
        return release(version)
    if (printed := _printed()) is None:
        raise WrongUsage("find out which pgpool reads the file", "there is none on this host", "Say so: --for 4.3")
    return release(printed)


def _printed() -> str | None:
    """What ``pgpool --version`` prints, on either stream; None where there is no such program, or it does not end."""
    import subprocess

    try:
        ran = subprocess.run(["pgpool", "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return None
    return (ran.stdout + ran.stderr).decode("utf-8", "replace")
