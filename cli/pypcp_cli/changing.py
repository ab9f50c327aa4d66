"""What attach, detach and promote have in common on the command line: two options, and the report."""

from __future__ import annotations

import functools

import click

from pypcp_cli.console import visible_line
from pypcp_cli.nodes import node_document
from pypcp_cli.options import Pgpool
from pypcp_cli.render import Output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pypcp.membership import Outcome
    from pypcp.membership.change import Wish
    from pypcp.records import Node

force_option = click.option("--force", is_flag=True, help="Do it though a safety check is against it.")
no_wait_option = click.option("--no-wait", is_flag=True, help="Ask pgpool for it, and do not look what happens.")


def changing_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """--force and --no-wait; the function is given a ``wish`` made of them."""

    @force_option
    @no_wait_option
    @functools.wraps(function)
    def wrapper(pgpool: Pgpool, output: Output, force: bool, no_wait: bool, **rest: Any) -> Any:
        return function(pgpool, output, wish=_wish(pgpool, force, no_wait, rest.get("gracefully", False)), **rest)

    return wrapper


def _wish(pgpool: Pgpool, force: bool, no_wait: bool, gracefully: bool) -> Wish:
    from pypcp.commands import GRACEFUL_TIMEOUT
    from pypcp.membership.change import TIMEOUT, Wish

    console = pgpool.console
    console.state = "nothing was changed"
    return Wish(
        force,
        not no_wait,
        pgpool.patience(GRACEFUL_TIMEOUT if gracefully else TIMEOUT),
        warn=lambda text: console.complain(f"warning: {text}"),
        asked=lambda text: setattr(console, "state", f"{text}, and may do it yet; see: pypcp node-info"),
    )


def report(output: Output, tool: str, outcome: Outcome, done: str) -> None:
    """Say what was seen. ``done`` is the word for it: attached."""
    document = {
        "node": node_document(outcome.node),
        "changed": outcome.changed,
        "seen": outcome.seen,
        "warnings": list(outcome.warnings),
    }
    output.document(document, text=lambda: _text(outcome, done), pcp=lambda: f"{tool} -- Command Successful\n")


def _text(outcome: Outcome, done: str) -> str:
    node = outcome.node
    if not outcome.seen:
        return f"{_name(node)}: pgpool was asked; see what becomes of it: pypcp node-info -n {node.id}\n"
    if not outcome.changed:
        return f"{_name(node)} is {done} already: {_state(node)}\n"
    others = [f"{_name(other)}: {_state(other)}\n" for other in outcome.nodes if other.id != node.id]
    return "".join([f"{_name(node)} is {done}: {_state(node)}\n", *others])


def _name(node: Node) -> str:
    return visible_line(f"node {node.id} ({node.hostname}:{node.port})")


def _state(node: Node) -> str:
    words = [node.status.value]
    if node.role:
        words.append(node.role.value)
    if node.pg_role:
        words.append(f"PostgreSQL says {visible_line(node.pg_role)}")
    if node.replication_state:
        words.append(visible_line(node.replication_state))
    return ", ".join(words)
