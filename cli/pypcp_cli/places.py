"""The clusters that a command looks at, as the library wants them."""

from __future__ import annotations

from dataclasses import replace

from pypcp.errors import WrongUsage
from pypcp.sql.conninfo import checked
from pypcp.status.gather import Place
from pypcp_cli.sql import way

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pypcp.client import Client
    from pypcp_cli.console import Console
    from pypcp_cli.options import Pgpool
    from pypcp_cli.sql import Wish


def chosen(pgpool: Pgpool, wish: Wish, *, all_clusters: bool) -> list[Place]:
    """The one that is named, or all of the configuration."""
    return configured(pgpool.console, wish) if all_clusters else [named(pgpool, wish)]


def named(pgpool: Pgpool, wish: Wish, name: str | None = None, *, asks_pgpool: bool = True) -> Place:
    """The one that options, environment and configuration name. Asks for the password, if at all, here and now.

    Raises WrongUsage for a connection string with a password in it.
    """
    pgpool.client()
    sql = wish.conninfo or pgpool.sql

    def connect(seconds: float) -> Client:
        client = pgpool.client()
        client.timeout = client.connect_timeout = seconds
        return client

    return Place(
        name=name or str(pgpool.address),
        host=pgpool.address.host,
        connect=connect,
        sql=checked(sql) if sql else None,
        asks_sql=wish.asks_sql,
        asks_pgpool=asks_pgpool,
        way=way(wish.by_psql),
    )


def configured(console: Console, wish: Wish) -> list[Place]:
    """All clusters of the configuration. Raises WrongUsage where there are none."""
    from pypcp import config
    from pypcp_cli.options import Pgpool

    clusters = config.clusters()
    if not clusters:
        raise WrongUsage(
            "look at all clusters", "none is configured", f"Write [clusters.NAME] into {config.user_file()}"
        )
    of_cluster = replace(wish, conninfo=None)
    return [named(Pgpool(console, prompt="never", cluster=each), of_cluster, each.name) for each in clusters]


def target(pgpool: Pgpool, name: str, is_one_of_all: bool) -> str:
    """The options that lead another command to the cluster that was looked at."""
    import shlex

    return f"--cluster {shlex.quote(name)}" if is_one_of_all else pgpool.target
