"""Hosts as setup may see them: all well and nothing configured, or configured as described."""

from __future__ import annotations

import dataclasses
from typing import Any

from pypcp.pgpool.pool_passwd import md5
from pypcp.postgres.instance import Receiver, Server
from pypcp.setup.facts import Facts, HostFacts, Present, Role, SqlFacts
from pypcp.setup.pair import Pair
from pypcp.setup.render import render
from tests.unit.rejoin.worlds import SERVER, SOURCE
from tests.unit.setup.pairs import SECRETS

SAMPLE = "#port = 5433\n        # Port number. More.\n#log_connections = off   # Log connections\n"
SQL = SqlFacts({"app": Role(True, False, False, md5("app-secret", "app"))}, frozenset(["pgpool_adm"]), {})
_CHECK, _REPL = Role(True, False, True, md5("check-secret", "pgpool")), Role(True, False, False, "")
DONE = SqlFacts(
    {**SQL.roles, "pgpool": _CHECK, "repl": _REPL},
    frozenset(["pgpool_adm"]),
    {"postgres": frozenset(["pgpool_adm"])},
)


def bare(pair: Pair) -> Facts:
    """Streaming, with pgpool as its package leaves it."""
    there = {f"{pair.pgpool.directory}/pgpool.conf": Present("file", SAMPLE, 0o640, "root")}
    hosts = tuple(_host(pair, own, there) for own in range(len(pair.hosts)))
    return Facts(hosts, dataclasses.replace(SQL, roles={**SQL.roles, "repl": DONE.roles["repl"]}))


def configured(pair: Pair, **changes: Any) -> Facts:
    """As described; ``changes`` are those of the first host."""
    files = render(pair, SECRETS, dict.fromkeys((host.name for host in pair.hosts), SAMPLE))
    hosts = []
    for own, member in enumerate(pair.hosts):
        there = {f.path: Present("file", f.text(None), f.mode, f.owner) for f in files[member.name]}
        hosts.append(dataclasses.replace(_host(pair, own, there), pid=7))
    hosts[0] = dataclasses.replace(hosts[0], **changes)
    return Facts(tuple(hosts), DONE)


def _host(pair: Pair, own: int, there: dict[str, Present]) -> HostFacts:
    member = pair.hosts[own]
    paths = [file.path for file in render(pair, SECRETS, {})[member.name]]
    virtual = pair.virtual_ip
    return HostFacts(
        name=member.name,
        version=pair.pgpool.version,
        has_user=True,
        unreached={},
        sample=SAMPLE,
        addresses=(("lo", "127.0.0.1"), (member.interface, f"192.0.2.{own + 10}")),
        pid=None,
        began_with=None,
        has_unread=False,
        sees_virtual_ip=False,
        programs=frozenset([pair.pgpool.pypcp, virtual.ip, virtual.arping, virtual.sudo]),
        files={path: there.get(path, Present("absent")) for path in paths},
        postgres=dataclasses.replace(SOURCE, version="15", server=server(in_recovery=own > 0)),
    )


def server(in_recovery: bool, status: str = "streaming") -> Server:
    """A running server; a standby receives from the first host."""
    receiver = Receiver(status, 1, "host0", 5432) if in_recovery else None
    return dataclasses.replace(SERVER, in_recovery=in_recovery, receiver=receiver)
