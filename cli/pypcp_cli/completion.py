"""What the shell offers at the Tab key. Whatever goes wrong here is no answer, never a message."""

from __future__ import annotations

import os

import click
from click.shell_completion import CompletionItem

from pypcp_cli.console import Console

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

TARGET = ("host", "port", "username", "cluster")
DEADLINE = 1.5  # seconds; somebody waits for the cursor


def nodes(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Ids, hosts and host:port of the live cluster, which the options typed so far lead to."""
    try:
        return [item for item in _nodes(ctx) if str(item.value).startswith(incomplete)]
    except Exception:
        return []


def clusters(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The clusters of the configuration."""
    from pypcp import config

    try:
        return [CompletionItem(name) for name in config.cluster_names() if name.startswith(incomplete)]
    except Exception:
        return []


def _nodes(ctx: click.Context) -> Iterator[CompletionItem]:
    from pypcp import node_names
    from pypcp_cli.options import Pgpool

    # click leaves the environment out while it completes
    typed = {name: ctx.params.get(name) or os.environ.get(f"PYPCP_{name.upper()}") for name in TARGET}
    typed["cluster"] = ctx.params.get("cluster") or ctx.find_root().params.get("cluster") or typed["cluster"]
    port = int(typed.pop("port") or 0) or None
    pgpool = Pgpool(Console(), **typed, port=port, prompt="never", timeout=DEADLINE)
    found = node_names.configured(pgpool.client().pool_status())
    hosts = [node.hostname for node in found]
    for node in found:
        place = f"{node.hostname}:{node.port}"
        yield CompletionItem(str(node.id), help=place)
        yield CompletionItem(node.hostname if hosts.count(node.hostname) == 1 else place, help=f"node {node.id}")


def script(shell: str, program: click.Command) -> str:
    """The text for the shell to read at its start."""
    from click.shell_completion import ShellComplete, get_completion_class

    kind = get_completion_class(shell)
    assert kind
    # bash's own `source` runs bash to see how old it is; whoever reads the text has it anyway.
    return ShellComplete.source(kind(program, {}, "pypcp", "_PYPCP_COMPLETE"))
