"""What options offer at the Tab key. The module that does it is imported only then."""

from __future__ import annotations

import click

TYPE_CHECKING = False
if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def complete_nodes(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """At the Tab key only: the module for it is imported then."""
    from pypcp_cli import completion

    return completion.nodes(ctx, param, incomplete)


def complete_clusters(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """As :func:`complete_nodes`, for clusters."""
    from pypcp_cli import completion

    return completion.clusters(ctx, param, incomplete)
