"""Pairs for the tests: a plain one, and any that can be described."""

from __future__ import annotations

import string
from dataclasses import replace

from hypothesis import strategies as st

from pypcp.setup.pair import Member, Pair, Pgpool, Users, VirtualIp, Watchdog
from pypcp.setup.secrets import Secrets

SECRETS = Secrets({"pgpool": "check-secret", "app": "app-secret"}, {"pgpool": "pcp-secret"}, "key-secret")
VERSIONS = ("3.6", "3.7", "4.0", "4.1", "4.2", "4.3", "4.4", "4.5", "4.6", "4.7")


def pair(version: str = "4.3", hosts: int = 2, **pgpool: object) -> Pair:
    """A pair like that of the laboratory."""
    members = tuple(Member(f"host{number}", "/data", application_name=f"n{number}") for number in range(hosts))
    made = replace(Pgpool(version), **pgpool)  # type: ignore[arg-type]
    return Pair(members, made, VirtualIp("192.0.2.9"), users=Users(clients=("app",)))


_ports = st.integers(1, 65535)
_names = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=9).filter(lambda t: t[0] != "-")
_paths = st.lists(_names, min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts))
_roles = st.text(string.ascii_letters + "_.@-", min_size=1, max_size=9).filter(lambda t: t[0] not in ".@-")
_values = st.text(string.printable, max_size=9).filter(lambda text: not set(text) & set("'\\\n\r"))
_numbers = st.integers(1, 99).map(str)
_settings = st.fixed_dictionaries({}, optional={"max_pool": _numbers, "reset_query_list": _values})
_members = st.builds(Member, name=_names, data_directory=_paths, port=_ports, weight=st.integers(0, 9))
_pgpools = st.builds(
    Pgpool,
    version=st.sampled_from(VERSIONS),
    directory=_paths,
    program=_paths,
    user=st.sampled_from(["root", "postgres"]),
    port=_ports,
    settings=_settings.map(lambda found: tuple(found.items())),
)
_users = st.builds(
    Users,
    check=_roles,
    recovery=st.just("") | _roles,
    clients=st.lists(_roles, max_size=3, unique=True).map(tuple),
    pcp=_roles,
)
_watchdogs = st.builds(Watchdog, port=_ports, trusted_servers=st.lists(_names, max_size=2).map(tuple))
pairs = st.builds(
    Pair,
    hosts=st.lists(_members, min_size=2, max_size=4, unique_by=lambda host: host.name).map(tuple),
    pgpool=_pgpools,
    virtual_ip=st.builds(VirtualIp, address=st.ip_addresses(v=4).map(str), prefix=st.integers(1, 32)),
    users=_users,
    watchdog=_watchdogs,
)
passwords = st.text(string.ascii_letters + string.digits + string.punctuation + " ", min_size=1, max_size=30)


def _with_secrets(made: Pair, role: str, pcp: str) -> tuple[Pair, Secrets]:
    if made.pgpool.release < (4, 0):  # its pgpool.conf can hold no others
        role = role.translate({ord("'"): "x", ord("\\"): "y"})
    return made, Secrets(dict.fromkeys(made.roles, role), {made.users.pcp: pcp}, "0f")


secrets = st.builds(_with_secrets, pairs, passwords, passwords)
