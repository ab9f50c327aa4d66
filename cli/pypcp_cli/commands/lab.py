"""``pypcp lab``: a cluster on this machine, to try things on."""

from __future__ import annotations

import contextlib
import json
import shlex
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pypcp.errors import OperationFailed

if TYPE_CHECKING:
    from pypcp.lab import Lab, LabNode, Status, Workshop

name_option = click.option(
    "--name",
    default="lab",
    show_default=True,
    envvar="PYPCP_LAB_NAME",
    help="Name of the lab and of its cluster profile.",
)
directory_option = click.option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path),
    envvar="PYPCP_LAB_DIR",
    help="The lab's directory, where there is none of that name yet.",
)


@click.group("lab")
def command() -> None:
    """Run a real cluster on this machine, to try things on.

    PostgreSQL nodes in streaming replication on 127.0.0.2, 127.0.0.3, ..., and a pgpool in front of them, with health
    check, failover and PCP. All of it is in one directory. For root the servers run as the user postgres.

    \b
    pypcp lab up                     make it; it takes seconds
    pypcp --cluster lab node-info    ask its pgpool
    pypcp lab break primary          and watch it fail over
    pypcp lab down                   stop it and remove it
    """


@command.command()
@name_option
@directory_option
@click.option("--nodes", default=2, show_default=True, help="How many PostgreSQL nodes.")
@click.option("--port", default=19999, show_default=True, help="pgpool's port, on 127.0.0.1.")
@click.option("--pcp-port", default=19898, show_default=True, help="pgpool's port for PCP, on 127.0.0.1.")
@click.option("--postgres-port", default=15432, show_default=True, help="The nodes' port, each on its own address.")
def up(name: str, directory: Path | None, nodes: int, port: int, pcp_port: int, postgres_port: int) -> None:
    """Make the lab, or start one that was kept. Interrupted, it leaves nothing behind."""
    from pypcp.lab import Lab, load, up

    started = time.monotonic()
    wanted = Lab(_place(directory, name), nodes, port, pcp_port, postgres_port, name)
    with _unwinding():
        made = up(wanted, lambda step: click.echo(f"Starting {step}", err=True))
    if made:
        click.echo(f"The lab is up after {time.monotonic() - started:.1f} s, in {made.directory}\n")
    else:
        click.echo(f"The lab is already up, in {wanted.directory}; it keeps its nodes and ports\n")
    click.echo(_how_to_reach(made or load(wanted.directory) or wanted))


@command.command()
@name_option
@directory_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def status(name: str, directory: Path | None, as_json: bool) -> int:
    """Show each server, and what pgpool thinks of it.

    The exit status is 0 when all servers run and pgpool has all nodes attached, else 1.
    """
    now = _workshop(name, directory).look()
    click.echo(json.dumps(_document(now), indent=2) if as_json else _table(now))
    return 0 if now.is_whole else 1


@command.command("break")
@click.argument("what", type=click.Choice(["primary", "replication"]))
@name_option
@directory_option
@click.option("--kill", is_flag=True, help="Kill the primary, as a crash would, instead of a fast stop.")
@click.option("--no-wait", is_flag=True, help="Do not wait for the failover.")
def break_(what: str, name: str, directory: Path | None, kill: bool, no_wait: bool) -> None:
    """Break something, and see what pgpool does.

    primary: stop it, or kill it; pgpool promotes a standby. replication: for a minute, what is written to the primary
    stays there; kill the primary then, and it has rows that no other node has.
    """
    from pypcp.lab import break_primary, break_replication

    shop = _workshop(name, directory)
    if what == "replication":
        node = break_replication(shop)
        click.echo(
            f"Node {node.id}, the primary on {node.host}:{node.port}, sends nothing to its standbys for a minute"
        )
        return
    started = time.monotonic()
    failed = break_primary(shop, kill)
    click.echo(f"Node {failed.id}, the primary on {failed.host}:{failed.port}, is {'killed' if kill else 'stopped'}")
    if not no_wait:
        _await_failover(shop, failed, started)


def _await_failover(shop: Workshop, failed: LabNode, started: float) -> None:
    from pypcp.lab import wait_for_failover

    if not (primary := wait_for_failover(shop, failed)):
        raise OperationFailed("wait for pgpool to fail over", shop.look().summary(), f"See {shop.lab.pgpool / 'log'}")
    seconds = time.monotonic() - started
    click.echo(f"pgpool promoted node {primary.id} on {primary.host}:{primary.port}, {seconds:.1f} s after that")
    click.echo(f"To bring node {failed.id} back: pypcp --cluster {shop.lab.name} rejoin {failed.id}", err=True)


@command.command()
@name_option
@directory_option
@click.option("--keep", is_flag=True, help="Keep the data, for the next `pypcp lab up`.")
def down(name: str, directory: Path | None, keep: bool) -> None:
    """Stop the lab's servers and remove it all.

    What lies in the lab's directory is stopped, whoever started it last, and nothing else.
    """
    from pypcp.lab import down, load

    place = _place(directory, name)
    if not (lab := load(place)):
        click.echo(f"There is no lab in {place}", err=True)
        return
    down(lab, keep)
    click.echo(f"The lab is down; its data stays in {place}" if keep else f"The lab is down, and {place} is removed")


def _place(directory: Path | None, name: str) -> Path:
    from pypcp.lab import find_directory

    return directory.expanduser().resolve() if directory else find_directory(name)


def _workshop(name: str, directory: Path | None) -> Workshop:
    from pypcp.lab import Workshop, load

    place = _place(directory, name)
    if not (lab := load(place)):
        raise OperationFailed(f"find the lab in {place}", "there is none", "Make one: pypcp lab up")
    return Workshop.of(lab)


@contextlib.contextmanager
def _unwinding() -> Iterator[None]:
    """Let a termination unwind as Ctrl-C does, so that what was started is ended."""

    def leave(number: int, _frame: object) -> None:
        sys.exit(128 + number)

    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, leave) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _how_to_reach(lab: Lab) -> str:
    """Commands to paste, and what each is for."""
    which = "" if lab.name == "lab" else f" --name {lab.name}"
    rows = [
        (f"export PGPASSFILE={shlex.quote(str(lab.pgpass))}", ""),
        (f"psql -h 127.0.0.1 -p {lab.port} -U postgres", "through pgpool"),
        *((f"psql -h {node.host} -p {node.port} -U postgres", f"node {node.id}") for node in lab.all_nodes),
        (f"pypcp --cluster {lab.name} node-info", "ask pgpool, over PCP"),
        (f"pypcp lab status{which}", "what runs"),
        (f"pypcp lab break primary{which}", "and see pgpool fail over"),
        (f"pypcp lab down{which}", "stop it and remove it"),
    ]
    width = max(len(text) for text, meaning in rows if meaning)
    return "\n".join(f"    {text:<{width}}  # {meaning}" if meaning else f"    {text}" for text, meaning in rows)


def _document(now: Status) -> dict[str, object]:
    lab = now.lab
    nodes = [
        {
            "id": state.place.id,
            "hostname": state.place.host,
            "port": state.place.port,
            "data_directory": str(state.place.data),
            "pid": state.pid,
            "state": state.state,
            "status": state.node.status.value if state.node else None,
            "role": state.node.role.value if state.node and state.node.role else None,
        }
        for state in now.nodes
    ]
    return {
        "name": lab.name,
        "directory": str(lab.directory),
        "whole": now.is_whole,
        "trouble": now.trouble or None,
        "pgpool": {"pid": now.pgpool_pid, "hostname": "127.0.0.1", "port": lab.port, "pcp_port": lab.pcp_port},
        "nodes": nodes,
    }


def _table(now: Status) -> str:
    from tabulate import tabulate

    rows = [
        [
            str(state.place.id),
            f"{state.place.host}:{state.place.port}",
            str(state.pid or ""),
            state.state,
            f"{state.node.status.value} {state.node.role.value}" if state.node and state.node.role else "",
        ]
        for state in now.nodes
    ]
    rows.append(["pgpool", f"127.0.0.1:{now.lab.port}", str(now.pgpool_pid or ""), "", ""])
    headers = ["Node", "Address", "Process", "PostgreSQL says", "pgpool says"]
    text = tabulate(rows, headers, tablefmt="plain", disable_numparse=True)
    return f"{text}\n\n{now.trouble}" if now.trouble else text
