"""Bring up a laboratory by hand and look around in it: see README.md in the folder above."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click

from tests.hosts.lab.machine import missing
from tests.hosts.lab.pair import Pair, Pool
from tests.hosts.lab.postgres import Layout, Template
from tests.hosts.lab.waiting import eventually


def _note(name: str) -> Path:
    """Where a running laboratory of this name tells the other commands how to enter its hosts."""
    return Path(tempfile.gettempdir()) / f"pypcp-hosts-{name}.json"


def _running(name: str) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(_note(name).read_text())
        os.kill(told["keeper"], 0)
    except (OSError, ValueError):
        raise click.ClickException(
            f"No laboratory {name!r} runs here. Start one: python -m tests.hosts.lab up"
        ) from None
    return told


name_option = click.option("--name", default="lab", show_default=True, help="Which one, when there are several.")


@click.group()
def lab() -> None:
    """Two hosts with PostgreSQL and a third with pgpool, in network namespaces of this machine."""


@lab.command()
@name_option
@click.option("--layout", type=click.Choice([kind.name.lower() for kind in Layout]), default="plain", show_default=True)
@click.option("--pgpool", type=click.Choice([kind.name.lower() for kind in Pool]), default="admin", show_default=True)
def up(name: str, layout: str, pgpool: str) -> None:
    """Bring one up and keep it until Ctrl-C or `down`."""
    lacking = missing()
    if lacking:
        raise click.ClickException(f"The laboratory needs {', '.join(lacking)}.")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with _pair(layout, pgpool) as pair, _announced(name, pair):
        click.echo(f"Up: {', '.join(host.name for host in pair.hosts)}. Look around with:", err=True)
        click.echo(f"  python -m tests.hosts.lab shell --name {name} adm", err=True)
        signal.pause()


def _pair(layout: str, pgpool: str) -> Pair:
    template = Template()
    try:
        return Pair(template, Layout[layout.upper()], Pool[pgpool.upper()])
    finally:
        template.close()


@contextmanager
def _announced(name: str, pair: Pair) -> Iterator[None]:
    hosts = {host.port: {user: host.entered([], user) for user in ("root", "postgres")} for host in pair.hosts}
    note = _note(name)
    note.unlink(missing_ok=True)
    note.write_text(json.dumps({"keeper": os.getpid(), "hosts": hosts}))
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


@lab.command(context_settings={"ignore_unknown_options": True})
@name_option
@click.option("--user", type=click.Choice(["root", "postgres"]), default="root", show_default=True)
@click.argument("host", type=click.Choice(["ser", "bak", "adm"]))
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def shell(name: str, user: str, host: str, command: tuple[str, ...]) -> NoReturn:
    """A shell on HOST, or COMMAND run there."""
    enter = _running(name)["hosts"][host][user]
    argv = [*enter, f"PS1={user}@{host}:\\w\\$ ", *(command or ["bash", "--norc", "-i"])]
    os.execvp(argv[0], argv)


@lab.command()
@name_option
def down(name: str) -> None:
    """End the one that `up` keeps running."""
    keeper = _running(name)["keeper"]
    os.kill(keeper, signal.SIGTERM)
    eventually(lambda: not Path(f"/proc/{keeper}").exists(), within=20, what="the end of the laboratory")


if __name__ == "__main__":
    lab()
