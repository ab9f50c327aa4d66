"""``pypcp md5``."""

from __future__ import annotations

import click

from pypcp.errors import WrongUsage
from pypcp_cli.console import Console


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
    password = _password(console, username)
    digest = md5(password.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()
    console.write(f"{username}:{digest}\n" if username else f"{digest}\n")


def _password(console: Console, username: str | None) -> str:
    tried = "take a new password"
    if not console.can_ask:
        password = console.password("")
    else:
        password = console.ask_secretly(f"New password{f' for {username}' if username else ''}: ")
        if password != console.ask_secretly("Once more: "):
            raise WrongUsage(tried, "the two are not the same")
    if not password:
        raise WrongUsage(tried, "it is empty", "Type it, or pipe it in as one line.")
    return password
