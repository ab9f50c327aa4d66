"""``pypcp md5``."""

from __future__ import annotations

import click

from pypcp_cli.console import Console
from pypcp_cli.pgpool_files import new_password


@click.command("md5")
@click.option("-U", "--username", help="Print the whole line for this PCP user.")
@click.pass_obj
def command(console: Console, username: str | None) -> None:
    """Print the MD5 of a password, as pcp.conf has it.

    \b
    $ pypcp md5 -U pgadmin >>/etc/pgpool2/pcp.conf
    New password for pgadmin:
    Once more:

    The password is asked for twice, or read as one line from standard input. Who logs in with it has it in clear in
    .pcppass.
    """
    from hashlib import md5

    if username is not None and (not username or ":" in username or len(username.encode()) > 95):
        raise click.UsageError("a PCP user has 1 to 95 bytes, none of them a colon")
    password = new_password(console, username)
    digest = md5(password.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()
    console.write(f"{username}:{digest}\n" if username else f"{digest}\n")
