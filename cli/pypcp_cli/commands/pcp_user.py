"""``pypcp pcp-user``: who may talk PCP, in pcp.conf."""

from __future__ import annotations

import click

from pypcp_cli.console import Console, visible_line
from pypcp_cli.pgpool_files import change, new_password, path_of

file_option = click.option("--file", "given", metavar="PATH", help="pcp.conf. [default: that of this host's pgpool]")


@click.group("pcp-user")
def command() -> None:
    """Add, remove and list the users of PCP, in pcp.conf.

    \b
    $ pypcp pcp-user add pgadmin
    New password for pgadmin:
    Once more:
    pgadmin is in /etc/pgpool2/pcp.conf

    The file is replaced in one moment and keeps its owner and mode. pgpool reads it at each login: nothing has to be
    reloaded. Who logs in has the password itself in .pcppass.
    """


@command.command()
@click.argument("name")
@file_option
@click.pass_obj
def add(console: Console, name: str, given: str | None) -> None:
    """Add a user, or give one a new password: asked for twice, or a line of standard input.

    \b
    pypcp pcp-user add pgadmin <password.txt
    """
    from pypcp.pgpool import file, pcp_conf

    path = path_of("pcp.conf", given)
    before = file.read(path, absent="")
    pcp_conf.users(pcp_conf.with_user(before, name, "", path), path)  # what is wrong is said before anything is asked
    after = pcp_conf.with_user(before, name, pcp_conf.digest(new_password(console, name)), path)
    change(console, path, before, after, f"{name} is in")


@command.command()
@click.argument("name")
@file_option
@click.pass_obj
def remove(console: Console, name: str, given: str | None) -> None:
    """Remove a user. One who is not there is no error.

    \b
    pypcp pcp-user remove pgadmin
    """
    from pypcp.pgpool import file, pcp_conf

    path = path_of("pcp.conf", given)
    before = file.read(path)
    change(console, path, before, pcp_conf.without_user(before, name, path), f"{name} is no more in")


@command.command("list")
@file_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_obj
def list_(console: Console, given: str | None, as_json: bool) -> int:
    """List the users, and what is wrong with their lines. The exit status is 1 if something is.

    \b
    $ pypcp pcp-user list
    Line  User     Login
    29    pgadmin  yes
    """
    from pypcp.pgpool import file, pcp_conf
    from pypcp_cli.render import as_json as rendered
    from pypcp_cli.render import as_table

    path = path_of("pcp.conf", given)
    users = pcp_conf.users(file.read(path), path)
    if as_json:
        documents = [{"line": user.line, "name": user.name, "can_log_in": user.can_log_in} for user in users]
        console.write(rendered(documents))
    else:
        rows = [(user.line, visible_line(user.name), "yes" if user.can_log_in else "no: no MD5") for user in users]
        console.write(as_table(("Line", "User", "Login"), rows))
    return 0 if all(user.can_log_in for user in users) else 1
