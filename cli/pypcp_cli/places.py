"""The clusters that a command looks at, as the library wants them."""

from __future__ import annotations

from pypcp.errors import WrongUsage
from pypcp.status.gather import Place, gather

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pypcp.client import Client
    from pypcp.status.facts import Facts
    from pypcp_cli.console import Console
    from pypcp_cli.options import Pgpool


def named(
    pgpool: Pgpool, sql: str | None, asks_sql: bool, name: str | None = None, *, asks_pgpool: bool = True
) -> Place:
    """The one that options, environment and configuration name. Asks for the password, if at all, here and now."""
    pgpool.client()

    def connect(seconds: float) -> Client:
        client = pgpool.client()
        client.timeout = client.connect_timeout = seconds
        return client

    return Place(name or str(pgpool.address), pgpool.address.host, connect, sql or pgpool.sql, asks_sql, asks_pgpool)


def configured(console: Console, asks_sql: bool) -> list[Place]:
    """All clusters of the configuration. Raises WrongUsage where there are none."""
    from pypcp import config
    from pypcp_cli.options import Pgpool

    clusters = config.clusters()
    if not clusters:
        raise WrongUsage(
            "look at all clusters", "none is configured", f"Write [clusters.NAME] into {config.user_file()}"
        )
    return [named(Pgpool(console, prompt="never", cluster=each), None, asks_sql, each.name) for each in clusters]


def target(pgpool: Pgpool, name: str, is_one_of_all: bool) -> str:
    """The options that lead another command to the cluster that was looked at."""
    import shlex

    return f"--cluster {shlex.quote(name)}" if is_one_of_all else pgpool.target


def look(places: Sequence[Place], deadline: float) -> list[Facts]:
    """Look at all of them at once."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=len(places)) as threads:
        return list(threads.map(lambda place: gather(place, deadline), places))
