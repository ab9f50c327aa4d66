"""Why nothing is written: what is not as setup needs it, each with what to do. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pypcp.errors import RefusedForSafety
from pypcp.postgres import verifiers
from pypcp.setup.facts import Facts, HostFacts
from pypcp.setup.pair import Member, Pair
from pypcp.setup.secrets import Secrets

_KINDS = {"link": "is a symbolic link", "nobody": "is of a user that does not exist"}


class Refusal(NamedTuple):
    """One reason: ``code`` for programs, ``said`` and ``do`` for people."""

    code: str
    said: str
    do: str


class Refused(RefusedForSafety):
    """Nothing was changed, for these reasons."""

    def __init__(self, pair: str, refusals: tuple[Refusal, ...]) -> None:
        said = "nothing was changed:" + "".join(f"\n  - {each.said}\n    {each.do}" for each in refusals)
        super().__init__(f"set up {pair}", said)
        self.args = (pair, refusals)
        self.refusals = refusals


def refusals(pair: Pair, secrets: Secrets, facts: Facts) -> tuple[Refusal, ...]:
    """All reasons against writing anything."""
    found = list(_of_replication(facts))
    for member, host in zip(pair.hosts, facts.hosts, strict=True):
        found += [*_of_programs(pair, host), *_of_places(pair, member, host)]
    return (*found, *_of_address(pair, facts), *_of_roles(pair, secrets, facts))


def _of_programs(pair: Pair, host: HostFacts) -> Iterator[Refusal]:
    pgpool = pair.pgpool
    if not host.version:
        yield Refusal("no-pgpool", f"{host.name}: there is no {pgpool.program}", "Install pgpool there.")
    elif host.version != pgpool.version:
        said = f"{host.name}: pgpool is {host.version} there, and {pgpool.version} in the description"
        yield Refusal("pgpool-version", said, f"Put version = {host.version!r} into [pgpool], or install the other.")
    if not host.has_user:
        yield Refusal(
            "no-user", f"{host.name}: there is no user {pgpool.user}", "Make it, or name another in [pgpool]."
        )
    for other, why in host.unreached.items():
        said = f"{host.name}: {pgpool.user} cannot ssh to {other}, which a failover needs: {why[:200]}"
        yield Refusal("no-ssh", said, f"As {pgpool.user} on {host.name}, without a prompt: ssh {other} true")
    virtual = pair.virtual_ip
    needed = {pgpool.pypcp: "pypcp", virtual.ip: "iproute2", virtual.arping: "arping"}
    if pgpool.user != "root":
        needed[virtual.sudo] = "sudo"
    for program, package in needed.items():
        if program not in host.programs:
            said = f"{host.name}: {program} is no program there"
            yield Refusal("no-program", said, f"Install {package} there, or put the right path into the description.")


def _of_places(pair: Pair, member: Member, host: HostFacts) -> Iterator[Refusal]:
    if member.interface not in {interface for interface, _ in host.addresses}:
        there = ", ".join(sorted({interface for interface, _ in host.addresses}))
        said = f"{host.name}: there is no interface {member.interface} with an address"
        yield Refusal("no-interface", said, f"There are: {there}")
    for path, file in host.files.items():
        if file.kind not in ("file", "absent"):
            what = _KINDS.get(file.kind, "is no regular file")
            do = "Put a regular file there, or remove it." if file.kind != "nobody" else "Change users.operators."
            yield Refusal("not-a-file", f"{host.name}: {path} {what}", do)


def _of_address(pair: Pair, facts: Facts) -> Iterator[Refusal]:
    if any(host.pid for host in facts.hosts):
        return  # theirs, as it has to be
    address = pair.virtual_ip.address
    holders = [host.name for host in facts.hosts if address in {own for _, own in host.addresses}]
    if holders:
        said = f"{holders[0]} has the virtual IP {address} already, and no pgpool runs"
        yield Refusal("address-taken", said, "Remove it there, or take an address that nobody has.")
    elif any(host.sees_virtual_ip for host in facts.hosts):
        said = f"another machine answers at {address}, the virtual IP"
        yield Refusal("address-taken", said, "Take an address that nobody has.")


def _of_replication(facts: Facts) -> Iterator[Refusal]:
    for host in facts.hosts:
        if not host.postgres or not host.postgres.server:
            why = host.postgres_error or (host.postgres.server_error if host.postgres else "") or "it does not run"
            said = f"{host.name}: PostgreSQL does not answer: {why}"
            yield Refusal("no-postgres", said, "Start it, and see its log.")
    if len(facts.primaries) > 1:
        names = ", ".join(host.name for host in facts.primaries)
        yield Refusal("two-primaries", f"each of {names} is a primary", "Make all but one of them standbys first.")
        return
    for host in facts.hosts:
        server = host.postgres.server if host.postgres else None
        if server and server.in_recovery and not (server.receiver and server.receiver.status == "streaming"):
            said = f"{host.name}: this standby does not stream"
            yield Refusal("not-streaming", said, "See pg_stat_wal_receiver there, and the log.")
    servers = [host.postgres.server for host in facts.hosts if host.postgres]
    identifiers = {server.system_identifier for server in servers if server}
    if len(identifiers) > 1:
        yield Refusal("two-clusters", "the hosts have different clusters", "One has to be made from the other.")


def _of_roles(pair: Pair, secrets: Secrets, facts: Facts) -> Iterator[Refusal]:
    for role in secrets.missing(pair):
        yield Refusal("no-password", f"the password of {role} is not known", "Write it into [roles] of the secrets.")
    for role in (*pair.roles, pair.users.replication) if facts.sql else ():
        there = facts.sql.roles.get(role) if facts.sql else None
        password = secrets.roles.get(role)
        if role == pair.users.check:
            continue  # made, or given its password
        if there is None:
            yield Refusal("no-role", f"there is no role {role}", f"Make it: createuser --pwprompt {role}")
        elif password and not verifiers.agrees(password, role, there.password):
            said = f"the password of {role} in the secrets is not the one in pg_authid"
            yield Refusal("wrong-password", said, "Put the right one there.")
        elif role == pair.users.recovery and not there.is_superuser:
            yield Refusal("no-superuser", f"{role} is no superuser", "Online recovery needs one: users.recovery")
