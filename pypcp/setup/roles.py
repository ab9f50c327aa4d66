"""The roles and extensions that the pgpools need: what there is, and the SQL for what is missing."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any

from pypcp.pgpool.pool_passwd import md5
from pypcp.postgres import verifiers
from pypcp.setup.facts import Role, SqlFacts
from pypcp.setup.pair import Pair
from pypcp.setup.secrets import Secrets

PG_MONITOR_SINCE = 10
SCRAM_SINCE = 10


@dataclass(frozen=True)
class Statement:
    """One statement for one database; ``shown`` is what people see of it."""

    database: str
    text: str = field(repr=False)
    shown: str


def query(pair: Pair) -> str:
    """What tells the roles and the available extensions, as one JSON text."""
    names = ", ".join(f"'{name}'" for name in {*pair.roles, pair.users.replication})
    return f"""
SELECT json_build_object(
 'roles', (SELECT coalesce(json_object_agg(rolname, json_build_object('can_login', rolcanlogin,
    'is_superuser', rolsuper, 'password', coalesce(rolpassword, ''),
    'is_monitor', EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
                          WHERE m.member = a.oid AND g.rolname = 'pg_monitor'))), '{{}}')
   FROM pg_authid a WHERE rolname IN ({names})),
 'available', (SELECT coalesce(json_agg(name), '[]') FROM pg_available_extensions WHERE name LIKE 'pgpool%'));
"""


EXTENSIONS_QUERY = "SELECT coalesce(json_agg(extname), '[]') FROM pg_extension WHERE extname LIKE 'pgpool%';\n"


def facts(answer: str, installed: dict[str, str]) -> SqlFacts:
    """The answers of the queries; ``installed`` are those of the second, by database. Raises ValueError."""
    told: dict[str, Any] = json.loads(answer)
    roles = {name: Role(**values) for name, values in told["roles"].items()}
    extensions = {database: frozenset(json.loads(text)) for database, text in installed.items()}
    return SqlFacts(roles, frozenset(told["available"]), extensions)


def databases(pair: Pair) -> list[str]:
    """Where extensions belong: pgpool_adm in the database for checks, pgpool_recovery where pgpool calls it."""
    return list(dict.fromkeys([pair.users.database, _recovery_database(pair)]))


def _recovery_database(pair: Pair) -> str:
    return "postgres" if pair.pgpool.release >= (4, 7) else "template1"  # recovery_database came with 4.7


def statements(pair: Pair, secrets: Secrets, found: SqlFacts | None, major: int) -> list[Statement]:
    """The SQL for what is missing at a server of this major version; for all of it where nothing was found out."""
    return [*_role(pair, secrets, found, major), *_extensions(pair, found)]


def _role(pair: Pair, secrets: Secrets, found: SqlFacts | None, major: int) -> list[Statement]:
    name, role = pair.users.check, found.roles.get(pair.users.check) if found else None
    password = secrets.roles.get(name, "")
    made: list[Statement] = []
    if role is None:
        made.append(_with_password(f'CREATE ROLE "{name}" LOGIN PASSWORD', pair, password, major))
    else:
        if not role.can_login:
            made.append(_open(f'ALTER ROLE "{name}" LOGIN'))
        if not verifiers.agrees(password, name, role.password):
            made.append(_with_password(f'ALTER ROLE "{name}" PASSWORD', pair, password, major))
    if major >= PG_MONITOR_SINCE and not (role and (role.is_monitor or role.is_superuser)):
        made.append(_open(f'GRANT pg_monitor TO "{name}"'))
    return made


def _with_password(text: str, pair: Pair, password: str, major: int) -> Statement:
    if major >= SCRAM_SINCE and pair.pgpool.release >= (4, 0):
        verifier = verifiers.scram(password, os.urandom(16))
    else:
        verifier = md5(password, pair.users.check)
    return Statement("postgres", f"{text} '{verifier}'", f"{text} '***'")


def _open(text: str, database: str = "postgres") -> Statement:
    return Statement(database, text, text)


def _extensions(pair: Pair, found: SqlFacts | None) -> list[Statement]:
    wanted = [("pgpool_adm", pair.users.database)]
    if pair.users.recovery:
        wanted.append(("pgpool_recovery", _recovery_database(pair)))
    return [
        _open(f"CREATE EXTENSION IF NOT EXISTS {name}", database)
        for name, database in wanted
        if found is None or (name in found.available and name not in found.installed.get(database, ()))
    ]
