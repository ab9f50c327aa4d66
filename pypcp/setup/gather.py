"""Look at the hosts. Nothing is changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from pypcp.errors import OperationFailed, PypcpError, on_one_line
from pypcp.hosts import document
from pypcp.hosts.document import NOTHING, Item
from pypcp.hosts.host import Host
from pypcp.postgres.instance import Instance
from pypcp.postgres.look import look
from pypcp.setup import roles, scripts
from pypcp.setup.facts import Facts, HostFacts, Present, SqlFacts
from pypcp.setup.pair import Member, Pair

_VERSION = re.compile(r"pgpool-II version (\d+\.\d+)")
_ADDRESS = re.compile(r"^\d+: (\S+)\s+inet6? ([0-9a-fA-F.:]+)", re.MULTILINE)


def gather(pair: Pair, hosts: Mapping[str, Host], paths: Mapping[str, list[str]]) -> Facts:
    """Everything that is to be known; ``paths`` are the files that setup writes, by host.

    Raises what hosts raise, OperationFailed and MalformedReply.
    """
    with ThreadPoolExecutor(max_workers=len(pair.hosts)) as threads:
        found = threads.map(lambda member: host_facts(pair, member, hosts[member.name], paths[member.name]), pair.hosts)
    facts = Facts(tuple(found), None)
    if len(facts.primaries) != 1:
        return facts
    primary = facts.primaries[0]
    assert primary.postgres
    return Facts(facts.hosts, sql_facts(pair, hosts[primary.name], primary.postgres))


def host_facts(pair: Pair, member: Member, host: Host, paths: list[str]) -> HostFacts:
    """One host: pgpool, the files, PostgreSQL."""
    pgpool, virtual = pair.pgpool, pair.virtual_ip
    programs = [pgpool.pypcp, virtual.ip, virtual.arping, *([virtual.sudo] if pgpool.user != "root" else [])]
    args = [pgpool.directory, pgpool.program, pgpool.pid_file, pgpool.user, virtual.address]
    items = ask(host, "look", [*args, str(len(programs)), *programs, *paths])
    version = _VERSION.search(items.get("version", NOTHING).text)
    instance, error = _postgres(host, member.data_directory)
    others = [each.name for each in pair.hosts if each is not member]
    has_user = items.get("user", NOTHING).exit == 0
    running, began = items.get("running", NOTHING), items.get("began", NOTHING)
    return HostFacts(
        name=member.name,
        version=version[1] if version else "",
        has_user=has_user,
        unreached=_unreached(host, pgpool.user, others) if has_user else {},
        sample=items.get("sample", NOTHING).text,
        addresses=addresses(items.get("addresses", NOTHING).text),
        pid=int(running.text) if running.exit == 0 else None,
        began_with=began.text if began.exit == 0 else None,
        has_unread=running.exit == 0 and items.get("unread", NOTHING).exit == 0,
        sees_virtual_ip=items.get("answers", NOTHING).exit == 0,
        programs=frozenset(name for name in programs if items.get(f"program:{name}", NOTHING).exit == 0),
        files={path: _present(items, path) for path in paths},
        postgres=instance,
        postgres_error=error,
    )


def addresses(text: str) -> tuple[tuple[str, str], ...]:
    """Interface and address of each line that ``ip -o address show`` prints."""
    return tuple((found[1].partition("@")[0], found[2]) for found in _ADDRESS.finditer(text))


def _unreached(host: Host, user: str, others: list[str]) -> dict[str, str]:
    """The other hosts to which this user has no ssh from there, each with why."""
    tried = ask(host, "reach", others, user)
    return {name: on_one_line(item.text) or "no answer" for name, item in tried.items() if item.exit}


def ask(host: Host, script: str, args: list[str], user: str = "root") -> dict[str, Item]:
    """What a script that looks tells, run as that user."""
    do = f"It must be possible to become {user} there: by ssh as root, or by sudo without a password."
    return document.ask(host, f"look at {host.name}", scripts.text(script), args, do=do, as_user=user)


def _present(items: Mapping[str, Item], path: str) -> Present:
    kind, _, rest = items.get(f"state:{path}", NOTHING).text.strip().partition(" ")
    if kind != "file":
        return Present(kind or "other")
    mode, _, owner = rest.partition(" ")
    return Present("file", items[f"text:{path}"].text, int(mode, 8), owner)


def _postgres(host: Host, directory: str) -> tuple[Instance | None, str]:
    try:
        return look(host, directory), ""
    except PypcpError as why:
        return None, why.said or str(why)


def sql_facts(pair: Pair, host: Host, primary: Instance) -> SqlFacts:
    """The roles and extensions at the primary."""
    told = psql(host, primary, "postgres", roles.query(pair))
    installed = {name: psql(host, primary, name, roles.EXTENSIONS_QUERY) for name in roles.databases(pair)}
    with document.reading(f"ask PostgreSQL on {host.name} for its roles"):
        return roles.facts(told, installed)


def psql(host: Host, instance: Instance, database: str, text: str) -> str:
    """What psql prints for a text of SQL, run on the host as the owner of the data. Raises OperationFailed."""
    if not instance.bindir:
        raise OperationFailed(f"ask PostgreSQL on {host.name}", "its programs are not found")
    words = [f"{instance.bindir}/psql", instance.socket, str(instance.port), database]
    done = host.run(scripts.text("psql"), words, stdin=text.encode(), owner_of=instance.data_directory)
    return done.or_fail(f"ask PostgreSQL on {host.name}").stdout.decode("utf-8", "replace").strip()
