"""Look at everything at once. What cannot be looked at is a fact, too; nothing is raised and nothing changed."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from pypcp.client import Client
from pypcp.doctor import scripts
from pypcp.doctor.facts import Facts, Host, Pgpool, Postgres, Program, Role
from pypcp.errors import PypcpError
from pypcp.hosts import document
from pypcp.hosts.document import NOTHING, Item
from pypcp.hosts.host import Host as Reached
from pypcp.pgpool.conf import ConfError, PgpoolConf
from pypcp.postgres import access, conninfo
from pypcp.postgres.instance import Instance
from pypcp.postgres.look import look
from pypcp.sql import session
from pypcp.sql.conninfo import of_pgpool
from pypcp.status.facts import Facts as StatusFacts

_UDP_PORT = re.compile(r":(\d+)$", re.MULTILINE)
ROLES = """
SELECT coalesce(json_object_agg(rolname, json_build_object('can_login', rolcanlogin,
  'verifier', coalesce(rolpassword, ''), 'sees_replication', coalesce(
    (SELECT pg_has_role(a.oid, g.oid, 'USAGE') FROM pg_roles g WHERE g.rolname = 'pg_monitor'), rolsuper))), '{}')
FROM pg_authid a
"""
EXTENSIONS = "SELECT coalesce(json_agg(extname), '[]') FROM pg_extension"


@dataclass(frozen=True)
class Way:
    """How the pair is reached: PCP at a host, ssh to a host, SQL through pgpool in ``seconds``.

    ``sql`` is a connection string of the operator's own for pgpool; None for what pgpool's settings say.
    """

    pcp: Callable[[str], Client]
    host: Callable[[str], Reached]
    seconds: float = 10.0
    sql: str | None = None


def gather(status: StatusFacts, asked: str, way: Way) -> Facts:
    """The facts, from those of ``status``; ``asked`` is the host of the pgpool that told them."""
    members = [member.hostname for member in status.watchdog.nodes] if status.watchdog else [asked]
    nodes = {node.id: node for node in status.nodes or ()}
    names = list(dict.fromkeys([*members, *(node.hostname for node in nodes.values())]))
    trusted = [name for name in status.settings.get("trusted_servers", "").replace(",", " ").split() if name]
    with ThreadPoolExecutor(max_workers=max(4, 2 * len(names) + len(nodes))) as workers:
        reached = {name: way.host(name) for name in names}
        pgpools = {name: workers.submit(_pgpool, name, way) for name in members}
        hosts = {
            name: workers.submit(_host, name, reached[name], status.settings, name in members, names, trusted)
            for name in names
        }
        servers = {
            number: workers.submit(_postgres, number, node.hostname, reached[node.hostname], status.settings)
            for number, node in nodes.items()
        }
        looked = {number: future.result() for number, future in servers.items()}
        tried = {number: workers.submit(_replicating, each, looked, status, reached) for number, each in looked.items()}
        found = Facts(
            status,
            {name: future.result() for name, future in hosts.items()},
            {name: future.result() for name, future in pgpools.items()},
            {number: future.result() for number, future in tried.items()},
        )
    for host in reached.values():
        host.close()
    return found


def _pgpool(name: str, way: Way) -> Pgpool:
    try:
        pcp = way.pcp(name)
        settings = {each.name: each.value for each in pcp.pool_status()}
        watchdog = way.pcp(name).watchdog_info() if settings.get("use_watchdog") in ("1", "on") else None
    except PypcpError as why:
        return Pgpool(name, pcp_trouble=f"{why.tried}: {why.said}")
    found = Pgpool(name, settings=settings, watchdog=watchdog)
    try:
        session.query(_sql(name, settings, way), "SELECT 1", way.seconds, f"connect through pgpool on {name}")
    except PypcpError as why:
        return replace(found, sql_trouble=why.said or why.tried)
    return found


def _sql(name: str, settings: Mapping[str, str], way: Way) -> str:
    if way.sql is None:
        return of_pgpool(name, settings)
    values = {**conninfo.parse(way.sql), "host": name, "port": settings.get("port", "9999")}
    values.pop("hostaddr", None)
    return conninfo.write(values)


def _host(
    name: str, host: Reached, settings: Mapping[str, str], has_pgpool: bool, names: Sequence[str], pings: Sequence[str]
) -> Host:
    pidfile = settings.get("pid_file_name", "") if has_pgpool else ""
    args = [pidfile, settings.get("logdir", ""), str(len(names)), *names, *pings]
    do = "It must be possible to become root there: by ssh as root, or by sudo without a password."
    before = time.time()
    try:
        items = document.ask(host, f"look at {name}", scripts.text("look"), args, do=do, as_user="root")
    except PypcpError as why:
        return Host(name, trouble=f"{why.tried}: {why.said}")
    return _read(name, items, names, pings, (before, time.time()))


def _read(
    name: str, items: Mapping[str, Item], names: Sequence[str], pings: Sequence[str], asked: tuple[float, float]
) -> Host:
    def text(item: str) -> str:
        found = items.get(item, NOTHING)
        return found.text.strip() if found.exit == 0 else ""

    try:
        now = float(text("now"))
    except ValueError:
        return Host(name, trouble=f"its clock cannot be read: {text('now')[:40]!r}")
    conf, conf_trouble = _conf(items.get("text:conf", NOTHING).text, text("conf"))
    begun, ended = asked
    ahead = now - ended if now > ended else min(0.0, now - begun)  # it was read in between
    return Host(
        name,
        clock=ahead,
        user=text("user"),
        conf_path=text("conf"),
        names={each: frozenset(text(f"name:{each}").split()) for each in names},
        ssh={each: _said(items[f"ssh:{each}"]) for each in names if f"ssh:{each}" in items},
        pings={each: items.get(f"ping:{each}", NOTHING).exit == 0 for each in pings},
        addresses=text("addresses"),
        udp=frozenset(int(port) for port in _UDP_PORT.findall(text("udp"))),
        setuid=tuple(item.removeprefix("setuid:") for item in items if item.startswith("setuid:")),
        modes=dict(filter(None, (_mode(item, each) for item, each in items.items()))),
        conf=conf,
        conf_trouble=conf_trouble,
        pcp=items.get("text:pcp", NOTHING).text,
        passwd=items.get("text:passwd", NOTHING).text,
        status=tuple(text("status").split()),
        programs={
            item.removeprefix("program:"): _program(items, item.removeprefix("program:"))
            for item in items
            if item.startswith("program:")
        },
    )


def _said(item: Item) -> str:
    """Nothing for a success, else the last words."""
    lines = [line.strip() for line in item.text.splitlines() if line.strip()]
    return "" if item.exit == 0 else (lines[-1] if lines else f"exit status {item.exit}")


def _conf(text: str, path: str) -> tuple[Mapping[str, str], str]:
    try:
        return PgpoolConf.parse(text, path).settings, ""
    except ConfError as why:
        return {}, why.said


def _mode(name: str, item: Item) -> tuple[str, tuple[int, str]] | None:
    mode, _, owner = item.text.strip().partition(" ")
    if not name.startswith("mode:") or item.exit or not re.fullmatch("[0-7]{1,4}", mode):
        return None
    return name.removeprefix("mode:"), (int(mode, 8), owner)


def _program(items: Mapping[str, Item], name: str) -> Program:
    sudo = items.get(f"sudo:{name}")
    return Program(
        path=items[f"program:{name}"].text.strip(),
        runs=items.get(f"runs:{name}", NOTHING).exit == 0,
        writable=tuple(items.get(f"writable:{name}", NOTHING).text.splitlines()),
        may_sudo=None if sudo is None else sudo.exit == 0,
        checksum=items.get(f"script:{name}", NOTHING).text.partition(" ")[0],
    )


def _postgres(number: int, hostname: str, host: Reached, settings: Mapping[str, str]) -> Postgres:
    directory = settings.get(f"backend_data_directory{number}", "").rstrip("/")
    if not directory.startswith("/"):
        return Postgres(
            number, hostname, trouble=f"pgpool names no data directory for it: backend_data_directory{number}"
        )
    try:
        instance = look(host, directory)
    except PypcpError as why:
        return Postgres(number, hostname, trouble=f"{why.tried}: {why.said}")
    found = Postgres(number, hostname, instance)
    return _with_roles(found, instance, host, settings) if instance.server else found


def _with_roles(found: Postgres, instance: Instance, host: Reached, settings: Mapping[str, str]) -> Postgres:
    recovery = settings.get("recovery_database") or "template1"
    args = [instance.bindir, instance.data_directory, "postgres", ROLES, recovery, EXTENSIONS]
    try:
        tried = f"ask PostgreSQL on {host.name} for its roles"
        items = document.ask(host, tried, scripts.text("sql"), args, owner_of=instance.data_directory)
        roles = {name: Role(**told) for name, told in json.loads(items["postgres"].text).items()}
        return replace(found, roles=roles, extensions={recovery: frozenset(json.loads(items[recovery].text))})
    except PypcpError as why:
        return replace(found, trouble=f"{why.tried}: {why.said}")
    except (ValueError, KeyError, TypeError):
        return replace(found, trouble="its roles cannot be read")


def _replicating(
    each: Postgres, servers: Mapping[int, Postgres], status: StatusFacts, hosts: Mapping[str, Reached]
) -> Postgres:
    """Try to stream from every other node, as this one would after it failed."""
    if not each.instance:
        return each
    places = {
        node.id: {"host": node.hostname, "port": str(node.port)} for node in status.nodes or () if node.id != each.node
    }
    values = _streaming_values(servers)
    others = [
        number for number in places if (other := servers.get(number)) and other.instance and other.instance.server
    ]
    if not values or not others:
        return each
    try:
        tried = access.try_streaming(
            hosts[each.host], each.instance, [{**values, **places[number]} for number in others]
        )
    except PypcpError as why:
        return replace(each, replicates=dict.fromkeys(others, f"{why.tried}: {why.said}"))
    return replace(each, replicates={number: attempt.trouble for number, attempt in zip(others, tried, strict=True)})


def _streaming_values(servers: Mapping[int, Postgres]) -> dict[str, str]:
    """User, passfile and the like with which a standby of the pair streams now; nothing when none does."""
    for each in servers.values():
        if each.instance:
            try:
                values = conninfo.parse(each.instance.settings.get("primary_conninfo", ""))
            except ValueError:
                continue
            if values.get("user"):
                own = ("host", "hostaddr", "port", "application_name", "dbname", "replication")
                return {name: value for name, value in values.items() if name not in own}
    return {}
