"""``pypcp pool-passwd``: what pgpool knows of the roles' passwords, in pool_passwd."""

from __future__ import annotations

import click

from pypcp_cli.console import Console, visible_line
from pypcp_cli.pgpool_files import change, new_password, path_of
from pypcp_cli.seconds import Seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pypcp.pgpool.pool_passwd import Entry

file_option = click.option("--file", "given", metavar="PATH", help="pool_passwd. [default: that of this host's pgpool]")
AUTHID = "SELECT rolname, rolpassword FROM pg_authid WHERE rolcanlogin AND rolpassword IS NOT NULL ORDER BY rolname"


@click.group("pool-passwd")
def command() -> None:
    """Add, remove and list the passwords of PostgreSQL's roles that pgpool knows, in pool_passwd.

    \b
    $ pypcp pool-passwd from-server app
    app is in /etc/pgpool2/pool_passwd
    $ pypcp reload-config

    The file is replaced in one moment and keeps its owner and mode. pgpool reads it again on a reload. Entries that are
    encrypted with AES are kept and listed; pgpool's own pg_enc makes them.
    """


@command.command()
@click.argument("role")
@click.option("--text", is_flag=True, help="Keep it in clear, which SCRAM at the server needs. From pgpool 4.0.")
@file_option
@click.pass_obj
def add(console: Console, role: str, text: bool, given: str | None) -> None:
    """Add a role's password, or a new one: asked for twice, or a line of standard input.

    What is kept is the md5 that a server with md5 passwords has too. A server with SCRAM makes pgpool log in with the
    password itself: --text.

    \b
    pypcp pool-passwd add --text app <password.txt
    """
    from pypcp.pgpool import file, pool_passwd

    path = path_of("pool_passwd", given)
    before = file.read(path, absent="")
    pool_passwd.with_entry(before, role, "x")  # what is wrong is said before anything is asked
    password = new_password(console, role)
    after = pool_passwd.with_entry(
        before, role, pool_passwd.text(password) if text else pool_passwd.md5(password, role)
    )
    change(console, path, before, after, f"{role} is in")


@command.command()
@click.argument("role")
@file_option
@click.pass_obj
def remove(console: Console, role: str, given: str | None) -> None:
    """Remove a role's password. One that is not there is no error.

    \b
    pypcp pool-passwd remove app
    """
    from pypcp.pgpool import file, pool_passwd

    path = path_of("pool_passwd", given)
    before = file.read(path)
    change(console, path, before, pool_passwd.without_entry(before, role), f"{role} is no more in")


@command.command("list")
@file_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_obj
def list_(console: Console, given: str | None, as_json: bool) -> int:
    """List the roles, how their passwords are kept, and what is wrong. No password is shown.

    The exit status is 1 if something is wrong.

    \b
    $ pypcp pool-passwd list
    Line  Role   Kept as  Problem
    1     app    md5      -
    2     check  TEXT     -
    """
    from pypcp.pgpool import file, pool_passwd
    from pypcp_cli.render import as_json as rendered
    from pypcp_cli.render import as_table

    path = path_of("pool_passwd", given)
    content = file.read(path)
    entries = pool_passwd.entries(content)
    strays = [f"line {line} is no role:password, and hides the line below it" for line in pool_passwd.strays(content)]
    rows = [(entry.line, entry.role, entry.kind.value, _problem(entry, entries)) for entry in entries]
    if as_json:
        console.write(rendered([dict(zip(("line", "role", "kind", "problem"), row, strict=True)) for row in rows]))
    else:
        shown = [(line, visible_line(role), kind, problem) for line, role, kind, problem in rows]
        console.write(as_table(("Line", "Role", "Kept as", "Problem"), shown))
    for stray in strays:
        console.complain(f"{path}: {stray}")
    return 1 if strays or any(row[3] for row in rows) else 0


@command.command("from-server")
@click.argument("roles", nargs=-1, metavar="[ROLE]...")
@click.option("--all", "all_roles", is_flag=True, help="Every role that can log in and has a password.")
@click.option("--server", metavar="CONNINFO", default="", help="libpq's, of PostgreSQL. [default: PGHOST, PGUSER, ...]")
@click.option("--psql", is_flag=True, help="Run psql instead of connecting with psycopg.")
@click.option("--timeout", type=Seconds(), default=10.0, show_default=True, help="For the server's answer.")
@file_option
@click.pass_obj
def from_server(
    console: Console,
    roles: tuple[str, ...],
    all_roles: bool,
    server: str,
    psql: bool,
    timeout: float,
    given: str | None,
) -> int:
    """Take roles' md5 passwords over from pg_authid, as a superuser of PostgreSQL.

    What a server keeps for SCRAM is of no use to pgpool, which needs the password itself: such a role is named, and
    the exit status is 1.

    \b
    pypcp pool-passwd from-server --server 'host=/var/run/postgresql user=postgres' app
    """
    from pypcp.pgpool import file, pool_passwd
    from pypcp_cli.sql import way

    if bool(roles) == all_roles:
        raise click.UsageError("which roles? Name them, or give --all")
    path = path_of("pool_passwd", given)
    before = after = file.read(path, absent="")
    found = {
        row["rolname"]: row["rolpassword"]
        for row in way(psql).query(server, AUTHID, timeout, "read the passwords of pg_authid")
    }
    refused = {role: why for role in roles or found if (why := _why_not(role, found.get(role)))}
    taken = [role for role in roles or found if role not in refused]
    for role in taken:
        after = pool_passwd.with_entry(after, role, found[role])
    if taken:
        change(console, path, before, after, f"{', '.join(taken)} {'is' if len(taken) == 1 else 'are'} in")
    for role, why in refused.items():
        console.complain(f"{visible_line(role)}: {why}")
    return 1 if refused else 0


def _why_not(role: str, verifier: str | None) -> str:
    from pypcp.pgpool.pool_passwd import Entry, Kind

    if verifier is None:
        return "the server has no such role that can log in and has a password"
    if Entry(0, role, verifier).kind is Kind.MD5:
        return ""
    return f"the server keeps it for SCRAM; pgpool needs the password itself: pypcp pool-passwd add --text {role}"


def _problem(entry: Entry, entries: Sequence[Entry]) -> str | None:
    from pypcp.pgpool.pool_passwd import LONGEST_PASSWORD, Kind

    first = next(each.line for each in entries if each.role == entry.role)
    if first != entry.line:
        return f"not used: line {first} is for this role too"
    if entry.kind is Kind.SCRAM:
        return "pgpool cannot log in with it"
    if len(entry.value.encode("utf-8", "surrogateescape")) > LONGEST_PASSWORD + len("TEXT"):
        return "pgpool cuts it off"
    return None if entry.value else "it is empty"
