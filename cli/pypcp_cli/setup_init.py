"""``pypcp setup init``: describe a pair, from flags, from a file, from what is seen on the hosts, and from answers."""

from __future__ import annotations

import shutil
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pypcp.errors import WrongUsage
from pypcp_cli.options import ssh_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pypcp.setup.pair import Pair
    from pypcp.setup.secrets import Secrets
    from pypcp_cli.console import Console


@click.command("init")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), default="pair.toml", show_default=True)
@click.option("--from", "template", type=click.Path(path_type=Path), help="A description to begin with, maybe a part.")
@click.option("--host", "hosts", multiple=True, metavar="NAME", help="A host of the pair; each, the leader first.")
@click.option("--virtual-ip", metavar="ADDRESS[/PREFIX]", help="The address that clients will use.")
@click.option("--name", help="What pypcp calls the pair. [default: pair]")
@click.option("--data-directory", metavar="PATH", help="PostgreSQL's, where several run on the hosts.")
@click.option("--interface", help="The one that gets the virtual IP. [default: the one with the host's address]")
@click.option("--client", "clients", multiple=True, metavar="ROLE", help="A role that connects through pgpool.")
@click.option("--trusted-server", "trusted", multiple=True, metavar="HOST", help="One to ping, to see who is cut off.")
@click.option("--pypcp", metavar="PATH", help="Where pypcp is on the hosts.")
@ssh_option
@click.option("--force", is_flag=True, help="Replace the output where it is there already.")
@click.pass_obj
def init(
    console: Console, /, output: Path, template: Path | None, ssh_option: tuple[str, ...], force: bool, **flags: Any
) -> None:
    """Describe the pair in a file.

    What the hosts tell of themselves is looked up over ssh: versions, data directories, ports, interfaces, programs,
    users. Flags win over a file given with --from, and that over what is seen. At a terminal, what is still missing is
    asked. Passwords go to a file beside the description, which only its owner can read.

    \b
    pypcp setup init
    pypcp setup init --host ser --host bak --virtual-ip 192.168.70.150/24 --client app
    """
    from pypcp.setup import pairfile, secrets

    if output.exists() and not force:
        raise WrongUsage(f"write {output}", "it is there already", "Use --force, or another name with -o.")
    document = _described(console, _given(template, flags), ssh_option)
    pair = pairfile.from_document(document)
    place = secrets.path_beside(output)
    whole = _passwords(console, pair, secrets.read(place)).completed(pair)
    secrets.write(place, whole)
    output.write_text(pairfile.written(pair), encoding="utf-8")
    console.write(f"The pair is described in {output}, its passwords are in {place}\n")
    for role in whole.missing(pair):
        console.say(f"The password of {role} is missing: put it into [roles] of {place}")
    console.say("Next: pypcp setup diff; then: pypcp setup apply --start")


def _given(template: Path | None, flags: dict[str, Any]) -> dict[str, Any]:
    """What file and flags say."""
    from pypcp.setup.pairfile import document_of
    from pypcp.setup.propose import merged

    document: dict[str, Any] = {}
    if template:
        try:
            document = document_of(template.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise WrongUsage(f"read {template}", getattr(error, "strerror", None) or str(error)) from None
    said = {
        "name": flags["name"],
        "pgpool": {"pypcp": flags["pypcp"]},
        "virtual_ip": _virtual_ip(flags["virtual_ip"] or ""),
        "users": {"clients": list(flags["clients"])},
        "watchdog": {"trusted_servers": list(flags["trusted"])},
        "hosts": [_host(name, flags) for name in flags["hosts"]],
    }
    return merged(document, _without_nothing(said))


def _virtual_ip(text: str) -> dict[str, Any]:
    """``ADDRESS/PREFIX`` as the table has it; the prefix may be missing."""
    address, _, prefix = text.partition("/")
    return {"address": address, **({"prefix": int(prefix) if prefix.isdigit() else prefix} if prefix else {})}


def _host(name: str, flags: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "data_directory": flags["data_directory"], "interface": flags["interface"]}


def _without_nothing(part: Any) -> Any:
    if isinstance(part, dict):
        small = {key: _without_nothing(value) for key, value in part.items()}
        return {key: value for key, value in small.items() if value not in (None, "", [], {})}
    return [_without_nothing(each) for each in part] if isinstance(part, list) else part


def _described(console: Console, given: dict[str, Any], ssh_options: Sequence[str]) -> dict[str, Any]:
    """The whole document: hosts first, since they tell most of the rest."""
    from pypcp.setup.propose import merged, propose

    names = [str(host.get("name", "")) for host in given.get("hosts", [])]
    address = given.get("virtual_ip", {}).get("address")
    missing = [*([] if names else ["--host"]), *([] if address else ["--virtual-ip"])]
    if missing and not console.can_ask:
        raise WrongUsage("describe a pair", f"missing: {', '.join(missing)}", "There is no terminal to ask on.")
    if not names:
        names = console.ask("The hosts, the preferred leader first (two or more)").replace(",", " ").split()
        given = merged(given, {"hosts": [{"name": name} for name in names]})
    if not address:
        answer, _, prefix = console.ask("The virtual IP, maybe with /PREFIX").partition("/")
        given = merged(
            given, {"virtual_ip": {"address": answer, **({"prefix": int(prefix)} if prefix.isdigit() else {})}}
        )
    return merged(propose(_seen(console, names, ssh_options), _addresses(names)), given)


def _seen(console: Console, names: Sequence[str], ssh_options: Sequence[str]) -> list[Any]:
    from pypcp.setup.discover import discover
    from pypcp_cli.reach import hosts

    host_of = hosts(ssh_options)
    own = shutil.which(sys.argv[0]) or ""
    found = []
    for name in names:
        host = host_of(name)
        try:
            found.append(seen := discover(host, own))
        finally:
            host.close()
        clusters = ", ".join(f"{each.data_directory} (port {each.port})" for each in seen.clusters) or "none runs"
        console.say(f"{name}: pgpool {seen.version or 'is not installed'}; PostgreSQL: {clusters}")
    return found


def _addresses(names: Sequence[str]) -> dict[str, str]:
    """What the hosts' names stand for, seen from here."""
    found = {}
    for name in names:
        try:
            found[name] = str(socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)[0][4][0])
        except OSError:
            continue
    return found


def _passwords(console: Console, pair: Pair, known: Secrets) -> Secrets:
    """The passwords that nobody can make up, asked where there is somebody to ask."""
    from pypcp.setup.secrets import Secrets

    if not console.can_ask:
        return known
    missing = known.missing(pair)
    asked = {role: console.ask_secretly(f"Password of {role} in PostgreSQL (empty: later): ") for role in missing}
    return Secrets({**known.roles, **{role: word for role, word in asked.items() if word}}, known.pcp, known.wd_authkey)
