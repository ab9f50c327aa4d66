"""Who may do what in the laboratory: ssh keys, database roles, PCP users. The passwords are for tests only."""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.hosts.lab.host import Host

ROLES = {"postgres": "postgres-secret", "repl": "repl-secret", "pgpool": "pgpool-secret", "app": "app-secret"}
PCP_USERS = {"root": "pcp-root-secret", "postgres": "pcp-postgres-secret", "pgpool": "pcp-pgpool-secret"}
LOGINS = {"root": "/root", "postgres": "/var/lib/postgresql"}

_SSHD_CONFIG = """\
HostKey /etc/ssh/ssh_host_ed25519_key
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM yes
UseDNS no
PidFile /run/sshd.pid
"""


@dataclass(frozen=True)
class KeyPair:
    private: str
    public: str


@cache
def ssh_key(owner: str) -> KeyPair:
    """The one key of ``owner`` (a host, or the people) for the life of this process."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", owner, "-f", file], check=True)
        return KeyPair(file.read_text(), file.with_suffix(".pub").read_text())


def furnish(host: Host, network: Sequence[Host]) -> None:
    """Give a host its names of the others, its sshd's settings, and its users' keys and password files."""
    names = "".join(f"{other.address} {other.name} {other.port}\n" for other in network)
    host.write("/etc/hosts", f"127.0.0.1 localhost\n{names}")
    host.write("/etc/ssh/sshd_config", _SSHD_CONFIG)
    host.write("/etc/ssh/ssh_host_ed25519_key", ssh_key(host.name).private, mode=0o600)
    known = (f"{other.name},{other.port},{other.address} {ssh_key(other.name).public}" for other in network)
    host.write("/etc/ssh/ssh_known_hosts", "".join(known))
    for user, home in LOGINS.items():
        _furnish_home(host, user, home)


def _furnish_home(host: Host, user: str, home: str) -> None:
    people = ssh_key("people")
    host.write(f"{home}/.ssh/authorized_keys", people.public, user, 0o600)
    host.write(f"{home}/.ssh/id_ed25519", people.private, user, 0o600)
    pgpass = "".join(f"*:*:*:{role}:{password}\n" for role, password in ROLES.items())
    host.write(f"{home}/.pgpass", pgpass, user, 0o600)
    pcppass = "".join(f"*:*:{name}:{password}\n" for name, password in PCP_USERS.items())
    host.write(f"{home}/.pcppass", pcppass, user, 0o600)


def forget_pgpool(host: Host) -> None:
    """Take away what knows pgpool: nobody on the host has its passwords."""
    for home in LOGINS.values():
        host.path(f"{home}/.pcppass").unlink()
        pgpass = host.path(f"{home}/.pgpass")
        lines = pgpass.read_text().splitlines(keepends=True)
        pgpass.write_text("".join(line for line in lines if ":pgpool:" not in line))


def pcp_conf() -> str:
    return "".join(f"{name}:{hashlib.md5(password.encode()).hexdigest()}\n" for name, password in PCP_USERS.items())


def pool_passwd() -> str:
    return "".join(f"{role}:TEXT{password}\n" for role, password in ROLES.items())
