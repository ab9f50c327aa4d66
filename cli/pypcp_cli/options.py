"""Options that commands share, as values and as bundles.

A function under ``@pcp_options`` is given two things before its own: a :class:`~pypcp_cli.pgpool.Pgpool` to talk to and
an :class:`~pypcp_cli.render.Output` to answer with.
"""

from __future__ import annotations

import functools
import os

import click
from click.core import ParameterSource

from pypcp.address import DEFAULT_PORT
from pypcp.timing import TIMEOUT
from pypcp_cli.console import Console
from pypcp_cli.pgpool import Pgpool as Pgpool
from pypcp_cli.render import FORMATS, Output
from pypcp_cli.seconds import Seconds
from pypcp_cli.tab import complete_clusters, complete_nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


CONNECTION = (
    click.option("-h", "--host", envvar="PYPCP_HOST", help="Host of pgpool, or the directory of its Unix socket."),
    click.option(
        "-p",
        "--port",
        type=click.IntRange(1, 65535),
        metavar="PORT",
        envvar="PYPCP_PORT",
        help=f"Its PCP port. [default: {DEFAULT_PORT}]",
    ),
    click.option("-U", "--username", envvar="PYPCP_USERNAME", help="PCP user. [default: the operating system's]"),
    click.option("-w", "--no-password", "prompt", flag_value="never", help="Never ask for a password."),
    click.option("-W", "--password", "prompt", flag_value="always", help="Always ask for the password."),
    click.option("-d", "--debug", is_flag=True, help="Trace the protocol to stderr."),
    click.option(
        "--timeout",
        type=Seconds(),
        help=f"For each command; with one that waits, for all of it. [default: {TIMEOUT:g}]",
    ),
    click.option(
        "--cluster",
        envvar="PYPCP_CLUSTER",
        metavar="NAME",
        help="A cluster of the configuration file.",
        shell_complete=complete_clusters,
    ),
)

FORMAT = (
    click.option("--format", "format_", type=click.Choice(FORMATS), help="How to print. [default: table]"),
    click.option("--json", "as_json", is_flag=True, help="Short for --format json."),
)

ssh_option = click.option(
    "--ssh-option", metavar="OPTION", multiple=True, help="An -o option for ssh, such as Port=2222."
)


def connection_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say which pgpool; the function is given a :class:`Pgpool` before its own arguments."""

    @functools.wraps(function)
    @click.pass_obj
    def wrapper(
        console: Console, /, debug: bool, cluster: str | None, prompt: str | None, timeout: float | None, **rest: Any
    ) -> Any:
        console.debug = console.debug or debug
        target = {name: rest.pop(name) for name in ("host", "port", "username")}
        if _is_from_environment("cluster"):
            cluster = console.cluster or cluster
        pgpool = Pgpool(console, **target, prompt=prompt, timeout=timeout, cluster=cluster or console.cluster)
        console.pgpool = pgpool
        if cluster != os.environ.get("PYPCP_CLUSTER"):
            _warn_of_environment(console, cluster or console.cluster)
        return function(pgpool, **rest)

    return _with(CONNECTION, wrapper)


def _is_from_environment(name: str) -> bool:
    return click.get_current_context().get_parameter_source(name) is ParameterSource.ENVIRONMENT


def _warn_of_environment(console: Console, cluster: str | None) -> None:
    """The environment stands above the file, also for a cluster that was typed: one should know it."""
    for name in ("host", "port"):
        if cluster and _is_from_environment(name):
            variable = f"PYPCP_{name.upper()}"
            console.complain(f"note: {variable}={os.environ[variable]} is used, whatever cluster {cluster} says")


def pcp_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that talks PCP: connection and format."""

    @functools.wraps(function)
    def wrapper(pgpool: Pgpool, format_: str | None, as_json: bool, **rest: Any) -> Any:
        if as_json and format_ not in (None, "json"):
            raise click.UsageError(f"--json and --format {format_} are two formats; take one")
        return function(pgpool, Output("json" if as_json else format_ or "table", pgpool.console), **rest)

    return connection_options(_with(FORMAT, wrapper))


def _with(options: tuple[Callable[..., Any], ...], function: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(options):  # so that --help lists them in the order written
        function = option(function)
    return function


def node_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """The node, as ``-n NODE`` or as the word behind the command; the function is given ``node``, maybe None."""

    @functools.wraps(function)
    def wrapper(*args: Any, node_option: str | None, node: str | None, **rest: Any) -> Any:
        if node_option is not None and node is not None:
            raise click.UsageError(f"two nodes, {node_option!r} and {node!r}; name one")
        return function(*args, node=node_option if node is None else node, **rest)

    return _with(
        (
            click.option(
                "-n",
                "--node-id",
                "node_option",
                metavar="NODE",
                help="Its id, host or host:port.",
                shell_complete=complete_nodes,
            ),
            click.argument("node", required=False, shell_complete=complete_nodes),
        ),
        wrapper,
    )


def required(node: str | None) -> str:
    """The node, where one has to be named."""
    if node is None:
        raise click.UsageError("which node? Name it with -n: its id, host or host:port")
    return node
