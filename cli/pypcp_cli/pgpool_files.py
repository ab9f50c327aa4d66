"""Where pgpool's files are on this host, how they are changed, and how a new password is asked for."""

from __future__ import annotations

import os

from pypcp.errors import WrongUsage
from pypcp.pgpool import file
from pypcp_cli.console import Console

DIRECTORIES = ("/etc/pgpool2", "/etc/pgpool-II", "/usr/local/etc")  # Debian's, Red Hat's, from source


def path_of(name: str, given: str | None) -> str:
    """The file that was given, else the one of this name in the directory that has a pgpool.conf.

    Raises WrongUsage where no directory has one.
    """
    if given:
        return given
    for directory in DIRECTORIES:
        if os.path.exists(f"{directory}/pgpool.conf"):
            return f"{directory}/{name}"
    raise WrongUsage(f"find {name}", f"there is no pgpool.conf in {', '.join(DIRECTORIES)}", "Name the file: --file")


def change(console: Console, path: str, before: str, after: str, done: str) -> None:
    """Put ``after`` in the place of ``before``, and say what was ``done``.

    A new file gets owner and mode of the pgpool.conf beside it.
    """
    if after == before:
        console.say(f"{path} is so already")
        return
    file.replace(path, before, after, like=os.path.join(os.path.dirname(path), "pgpool.conf"))
    console.say(f"{done} {path}")


def new_password(console: Console, who: str | None) -> str:
    """A new password: typed twice, or a line from standard input. Raises WrongUsage for none, or for two."""
    tried = "take a new password"
    if not console.can_ask:
        password = console.password("")
    else:
        password = console.ask_secretly(f"New password{f' for {who}' if who else ''}: ")
        if password != console.ask_secretly("Once more: "):
            raise WrongUsage(tried, "the two are not the same")
    if not password:
        raise WrongUsage(tried, "it is empty", "Type it, or pipe it in as one line.")
    return password
