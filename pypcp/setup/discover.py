"""Look at a host of which nothing is known yet, for what a description of it can be made of. Nothing is changed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from pypcp.errors import PypcpError
from pypcp.hosts.document import NOTHING, Item
from pypcp.hosts.host import Host
from pypcp.postgres import conninfo
from pypcp.postgres.instance import Instance
from pypcp.postgres.look import look
from pypcp.setup.gather import ask, psql

_VERSION = re.compile(r"version (\d+\.\d+)")
_ADDRESS = re.compile(r"^\d+: (\S+)\s+inet6? ([0-9a-fA-F.:]+)/(\d+)", re.MULTILINE)
_CLIENTS = """
SELECT coalesce(json_agg(rolname ORDER BY rolname), '[]') FROM pg_roles
WHERE rolcanlogin AND NOT rolsuper AND NOT rolreplication;
"""


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL that runs. ``follows_as`` and ``application_name`` are a standby's user and name at its primary;
    ``clients`` are the roles that can log in at a primary and are neither superuser nor for replication."""

    data_directory: str
    port: int
    owner: str
    in_recovery: bool
    follows_as: str = ""
    application_name: str = ""
    clients: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seen:
    """A host. ``addresses`` are interface, address and prefix; ``paths`` those of programs and of pgpool's files."""

    host: str
    version: str
    paths: dict[str, str]
    unit: str
    sample: str = field(repr=False)
    addresses: tuple[tuple[str, str, int], ...]
    clusters: tuple[Cluster, ...]
    gateway: str = ""


def discover(host: Host, own: str) -> Seen:
    """What is to be seen there; ``own`` is where this program is here. Raises as ``gather`` does."""
    items = ask(host, "discover", [own])
    version = _VERSION.search(items.get("version", NOTHING).text)
    names = ("program", "directory", "ip", "arping", "sudo", "pypcp")
    found = _ADDRESS.finditer(items.get("addresses", NOTHING).text)
    return Seen(
        host=host.name,
        version=version[1] if version else "",
        paths={name: text for name in names if (text := _text(items, name))},
        unit=_text(items, "unit"),
        sample=items.get("sample", NOTHING).text,
        addresses=tuple((each[1].partition("@")[0], each[2], int(each[3])) for each in found),
        clusters=tuple(_cluster(host, directory) for directory in _text(items, "clusters").splitlines()),
        gateway=_text(items, "gateway"),
    )


def _text(items: dict[str, Item], name: str) -> str:
    return items.get(name, NOTHING).text.strip()


def _cluster(host: Host, directory: str) -> Cluster:
    instance = look(host, directory)
    server = instance.server
    if server is None or not server.in_recovery:
        return Cluster(directory, instance.port or 5432, instance.owner, False, clients=_clients(host, instance))
    try:
        told = conninfo.parse(instance.settings.get("primary_conninfo", ""))
    except ValueError:
        told = {}
    name = told.get("application_name", "")
    return Cluster(directory, instance.port or 5432, instance.owner, True, told.get("user", ""), name)


def _clients(host: Host, instance: Instance) -> tuple[str, ...]:
    try:
        return tuple(json.loads(psql(host, instance, "postgres", _CLIENTS)))
    except (PypcpError, ValueError):
        return ()  # a help for the one who is asked, and no more
