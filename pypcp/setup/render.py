"""Every file of every host, from the pair's description and its secrets. Pure: no host is asked."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from pypcp.pgpool import pcp_conf, pool_passwd
from pypcp.setup import hostfiles
from pypcp.setup.files import Entries, Lines, Settings, Wanted, Whole
from pypcp.setup.pair import Member, Pair
from pypcp.setup.secrets import Secrets
from pypcp.setup.settings import commands, settings

SUDOERS = "/etc/sudoers.d/pypcp-pgpool"
RSYSLOG = "/etc/rsyslog.d/pypcp-pgpool.conf"


def render(pair: Pair, secrets: Secrets, samples: Mapping[str, str]) -> dict[str, tuple[Wanted, ...]]:
    """The files by host. ``samples`` are the installed pgpools' own sample configurations, by host."""
    return {host.name: _files(pair, own, secrets, samples.get(host.name, "")) for own, host in enumerate(pair.hosts)}


def _files(pair: Pair, own: int, secrets: Secrets, sample: str) -> tuple[Wanted, ...]:
    pgpool, host = pair.pgpool, pair.hosts[own]
    directory, owner = pgpool.directory, pgpool.user
    pcp, passwords = f"{directory}/pcp.conf", f"{directory}/pool_passwd"
    files: list[Wanted] = [
        Settings(f"{directory}/pgpool.conf", settings(pair, own, secrets), owner, pgpool.release, sample),
        Entries(pcp, _pcp_users(pair, secrets), owner, partial(pcp_conf.with_user, path=pcp)),
        Whole(f"{directory}/pool_hba.conf", _pool_hba(pair), owner, 0o600),
        Entries(passwords, _roles(pair, secrets), owner, pool_passwd.with_entry),
    ]
    if pgpool.release >= (4, 2):
        files.append(Whole(f"{directory}/pgpool_node_id", f"{own}\n", owner))
    if owner != "root":
        files.append(Whole(SUDOERS, _sudoers(pair, host), "root", 0o440))
    if pair.log.destination == "syslog":
        files.append(Whole(RSYSLOG, _rsyslog(pair), "root"))
    if pair.users.recovery:
        files += _of_recovery(pair, host)
    return (*files, *_of_operators(pair, secrets))


def _pcp_users(pair: Pair, secrets: Secrets) -> tuple[tuple[str, str], ...]:
    user = pair.users.pcp
    return ((user, pcp_conf.digest(secrets.pcp.get(user, ""))),)


def _pool_hba(pair: Pair) -> str:
    method = "scram-sha-256" if pair.pgpool.release >= (4, 0) else "md5"
    usual = (
        f"local  all  all             {method}",
        f"host   all  all  0.0.0.0/0  {method}",
        f"host   all  all  ::/0       {method}",
    )
    lines = pair.pgpool.hba or usual
    return "# TYPE  DATABASE  USER  ADDRESS  METHOD\n" + "".join(f"{line}\n" for line in lines)


def _roles(pair: Pair, secrets: Secrets) -> tuple[tuple[str, str], ...]:
    """What stands for each password. SCRAM at the server needs it in clear; md5 is all that 3.6 and 3.7 know."""
    passwords = ((role, secrets.roles.get(role, "")) for role in pair.roles)
    if pair.pgpool.release >= (4, 0):
        return tuple((role, pool_passwd.text(password)) for role, password in passwords)
    return tuple((role, pool_passwd.md5(password, role)) for role, password in passwords)


def _sudoers(pair: Pair, host: Member) -> str:
    """These three commands to the letter, and no other: no setuid bit on a network tool is needed for them."""
    lines = (f"{pair.pgpool.user} ALL=(root) NOPASSWD: {_for_sudoers(command)}\n" for command in commands(pair, host))
    return "# pgpool's watchdog moves the virtual IP with these. Written by `pypcp setup`.\n" + "".join(lines)


def _for_sudoers(command: str) -> str:
    """The command with what sudoers(5) has a meaning for escaped."""
    return "".join(f"\\{letter}" if letter in ",:=\\" else letter for letter in command)


def _of_recovery(pair: Pair, host: Member) -> list[Wanted]:
    """What pgpool's online recovery calls, in the data directory: any host may be the primary then.

    The same on every host: a rewind and a base backup copy them along with the data.
    """
    names = "".join(f"    {each.name}) echo {each.application_name or 'walreceiver'};;\n" for each in pair.hosts)
    header = f"""\
#!/bin/sh
# Written by `pypcp setup`.
replication_user={pair.users.replication}
application_name() {{
  case $1 in
{names}  esac
}}
"""
    programs = ("recovery_1st_stage", "pgpool_remote_start")
    directory, owner = host.data_directory, pair.users.postgres
    return [Whole(f"{directory}/{name}", header + hostfiles.text(name), owner, 0o700) for name in programs]


def _rsyslog(pair: Pair) -> str:
    facility = pair.log.facility.lower()
    return f"# pgpool's log. Written by `pypcp setup`.\n{facility}.*  {pair.pgpool.log_file}\n& stop\n"


def _of_operators(pair: Pair, secrets: Secrets) -> list[Wanted]:
    """The password files of those who work on the host, so that pypcp, psql and standbys need no prompt."""
    pgpool, pcp = pair.pgpool, pair.users.pcp
    start = f"*:{pgpool.pcp_port}:{pcp}:"
    passwords = [(user, secrets.roles[user]) for user in _with_pgpass(pair) if secrets.roles.get(user)]
    pgpass = tuple((f"*:*:*:{user}:", f"*:*:*:{user}:{_escaped(password)}") for user, password in passwords)
    files: list[Wanted] = []
    for operator in pair.users.operators:
        line = start + _escaped(secrets.pcp.get(pcp, ""))
        files.append(Lines(f"~{operator}/.pcppass", ((start, line),), operator))
        if pgpass:
            files.append(Lines(f"~{operator}/.pgpass", pgpass, operator))
        files.append(Whole(f"~{operator}/.config/pypcp/clusters/{pair.name}.toml", _cluster(pair), operator))
    return files


def _with_pgpass(pair: Pair) -> tuple[str, ...]:
    users = pair.users
    return tuple(dict.fromkeys(role for role in (users.replication, users.check, users.recovery) if role))


def _escaped(password: str) -> str:
    return password.replace("\\", "\\\\").replace(":", "\\:")


def _cluster(pair: Pair) -> str:
    pgpool, users = pair.pgpool, pair.users
    sql = f"host={pair.virtual_ip.address} port={pgpool.port} user={users.check} dbname={users.database}"
    return f"""\
[clusters.{pair.name}]
host = "{pair.virtual_ip.address}"
port = {pgpool.pcp_port}
username = "{users.pcp}"
sql = "{sql}"
"""
