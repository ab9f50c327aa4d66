"""The lab's users, and their passwords: made anew for each lab, and written into its password files only."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from pypcp.lab.layout import PGPOOL_HOST, Lab

SUPERUSER = "postgres"
REPLICATION_USER = "repl"
PGPOOL_USER = "pgpool"  # pgpool's own checks in PostgreSQL, and the user of PCP: the names of pgpool's documentation


def _new() -> str:
    return secrets.token_hex(16)  # letters that no file format has to escape


@dataclass(frozen=True)
class Passwords:
    """One for each user; kept out of every ``repr``, so out of tracebacks and logs."""

    superuser: str = field(default_factory=_new, repr=False)
    replication: str = field(default_factory=_new, repr=False)
    pgpool: str = field(default_factory=_new, repr=False)
    pcp: str = field(default_factory=_new, repr=False)

    def pgpass(self) -> str:
        """The file for libpq. Any host: it is this lab's alone, and a Unix socket counts as its directory there."""
        users = {SUPERUSER: self.superuser, REPLICATION_USER: self.replication, PGPOOL_USER: self.pgpool}
        return "".join(f"*:*:*:{user}:{password}\n" for user, password in users.items())

    def pcppass(self, lab: Lab) -> str:
        """The file for PCP."""
        return f"{PGPOOL_HOST}:{lab.pcp_port}:{PGPOOL_USER}:{self.pcp}\n"

    def pool_passwd(self) -> str:
        """pgpool's own file. It needs the passwords themselves to answer PostgreSQL's SCRAM in a client's name."""
        return f"{SUPERUSER}:TEXT{self.superuser}\n{PGPOOL_USER}:TEXT{self.pgpool}\n"

    def roles(self, server_user: str) -> str:
        """The SQL that makes the users, but for the superuser, whom initdb makes.

        Whoever runs the servers is a superuser too, on their Unix sockets and without a password: peer authentication,
        as packages set it up, which ``pypcp rejoin`` counts on.
        """
        statements = [
            f"CREATE ROLE {REPLICATION_USER} LOGIN REPLICATION PASSWORD '{self.replication}';",
            f"CREATE ROLE {PGPOOL_USER} LOGIN PASSWORD '{self.pgpool}' IN ROLE pg_monitor;",
        ]
        if server_user not in (SUPERUSER, REPLICATION_USER, PGPOOL_USER):
            name = server_user.replace('"', '""')
            statements.append(f'CREATE ROLE "{name}" LOGIN SUPERUSER;')
        return "\n".join(statements)
