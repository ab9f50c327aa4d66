"""Roles and passwords that must agree, and files that must not be read or run by everybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pypcp.doctor.facts import Facts, Host, Role
from pypcp.doctor.result import Result, judged, unknown, unseen
from pypcp.errors import PypcpError
from pypcp.pgpool import pcp_conf, pool_passwd
from pypcp.pgpool.pool_passwd import Kind
from pypcp.postgres import verifiers

_USERS = {
    "sr_check_user": "the streaming check",
    "health_check_user": "the health check",
    "recovery_user": "online recovery",
}


def roles(facts: Facts) -> Iterator[Result]:
    primary = facts.primary()
    known = primary.roles if primary else None
    for setting, use in _USERS.items():
        name = facts.status.settings.get(setting, "")
        if not name or (name == "nobody" and setting == "recovery_user"):
            continue
        title = f"the role of {use} is there and may log in"
        if known is None:
            yield unknown("role", f"{setting} = {name}", title, "the primary's roles could not be read")
            continue
        role = known.get(name)
        said = f"there is no role {name}" if role is None else "" if role.can_login else f"role {name} may not log in"
        yield judged(
            "role", f"{setting} = {name}", title, said, f"pgpool cannot do {use}.",
            f"CREATE ROLE {name} LOGIN; or ALTER ROLE {name} LOGIN; or: pypcp setup apply",
        )  # fmt: skip


def replication(facts: Facts) -> Iterator[Result]:
    """Whether pgpool can tell how far the standbys are (its manual, SHOW POOL_NODES: superuser or in pg_monitor)."""
    name = facts.status.settings.get("sr_check_user", "")
    primary = facts.primary()
    if not primary or not primary.roles or name not in primary.roles:
        return
    yield judged(
        "streaming-rights", name, "the role of the streaming check may see replication",
        "" if primary.roles[name].sees_replication else "it is no member of pg_monitor",
        "pgpool then cannot tell whether a standby streams.", f"GRANT pg_monitor TO {name}; before 10: a superuser",
        warns=True,
    )  # fmt: skip


def extensions(facts: Facts) -> Iterator[Result]:
    primary = facts.primary()
    if not primary or not facts.status.settings.get("recovery_1st_stage_command"):
        return
    for database, found in primary.extensions.items():
        yield judged(
            "extension", database, "pgpool_recovery is there, for online recovery",
            "" if "pgpool_recovery" in found else "it is not there", "pypcp recover cannot work.",
            f"psql -d {database} -c 'CREATE EXTENSION pgpool_recovery'",
        )  # fmt: skip


def pool_passwords(facts: Facts) -> Iterator[Result]:
    """Each entry that can be compared with what pg_authid has. No password is told."""
    primary = facts.primary()
    known = primary.roles if primary else None
    title = "pool_passwd agrees with PostgreSQL's passwords"
    yield from unseen("pool-passwd", title, facts.unseen_pgpools)
    for host in facts.pgpool_hosts:
        if not host.passwd:
            continue
        if known is None:
            yield unknown("pool-passwd", host.name, title, "the primary's roles could not be read")
            continue
        wrong = [said for entry in pool_passwd.entries(host.passwd) if (said := _disagrees(entry, known))]
        yield judged(
            "pool-passwd", host.name, title, "; ".join(wrong),
            "These roles cannot log in through pgpool, or its own checks fail.",
            "pypcp pool-passwd add ROLE; or: pypcp setup apply",
        )  # fmt: skip


def _disagrees(entry: pool_passwd.Entry, known: Mapping[str, Role]) -> str:
    role = known.get(entry.role)
    if role is None:
        return f"there is no role {entry.role}"
    if not role.verifier:
        return ""
    if entry.password is not None:
        return (
            ""
            if verifiers.agrees(entry.password, entry.role, role.verifier)
            else f"the password of {entry.role} is another one"
        )
    if entry.kind is Kind.MD5:
        if role.verifier.startswith("md5"):
            return "" if entry.value == role.verifier else f"the password of {entry.role} is another one"
        return f"{entry.role} has an md5 entry, PostgreSQL has SCRAM"
    return ""


def pcp_users(facts: Facts) -> Iterator[Result]:
    title = "pcp.conf has users who can log in"
    yield from unseen("pcp-conf", title, facts.unseen_pgpools)
    for host in facts.pgpool_hosts:
        try:
            users = pcp_conf.users(host.pcp)
            wrong = [user.name for user in users if not user.can_log_in]
            said = (
                f"nobody can log in as {', '.join(wrong)}: no MD5"
                if wrong
                else ""
                if users
                else "there is no user in it"
            )
        except PypcpError as why:
            said = why.said
        yield judged(
            "pcp-conf", host.name, title, said,
            "PCP is the way to attach a node.", f"pypcp pcp-user add NAME on {host.name}",
        )  # fmt: skip


def modes(facts: Facts) -> Iterator[Result]:
    title = "its secrets are its owner's alone"
    yield from unseen("file-mode", title, facts.unseen_pgpools)
    for host in facts.pgpool_hosts:
        for path, (mode, owner) in host.modes.items():
            yield judged(
                "file-mode", f"{host.name}: {path}", title,
                _mode_trouble(path, mode, owner, host),
                "Whoever can log in there can read passwords, or change what pgpool does.",
                f"ssh {host.name} chmod 600 {path}",
            )  # fmt: skip


def _mode_trouble(path: str, mode: int, owner: str, host: Host) -> str:
    if path.endswith((".pgpass", ".pcppass")):
        if owner != host.user:
            return f"it belongs to {owner}, and {host.user} cannot use it"
        return f"its mode is {mode:o}, and it is ignored" if mode & 0o077 else ""
    if mode & 0o002:
        return f"everybody may write it (mode {mode:o})"
    is_secret = path.endswith(("pcp.conf", "pool_passwd")) or path == host.conf_path
    return f"everybody may read it (mode {mode:o})" if is_secret and mode & 0o004 else ""


def setuid(facts: Facts) -> Iterator[Result]:
    title = "no network tool makes everybody root"
    yield from unseen("setuid", title, facts.unseen_pgpools)
    for host in facts.pgpool_hosts:
        yield judged(
            "setuid", host.name, title,
            f"{', '.join(host.setuid)} (chmod u+s)" if host.setuid else "",
            "Every user of that host can change its addresses and routes.",
            f"ssh {host.name} chmod u-s {' '.join(host.setuid)}; and let pgpool do it by sudo: pypcp setup apply",
        )  # fmt: skip


CHECKS = (roles, replication, extensions, pool_passwords, pcp_users, modes, setuid)
