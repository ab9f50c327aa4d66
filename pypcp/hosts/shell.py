"""Shell text: where it is read from, the one place where words are quoted, and what every script starts with."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

from pypcp.errors import WrongUsage

NO_SUCH_PATH = 66  # EX_NOINPUT of sysexits.h: the path whose owner should run the script is not there

# Tools must answer in English and must not follow the caller's PGHOST or PGSERVICE. HOME is that of the user we became
# (runuser keeps the caller's), because libpq looks for .pgpass there. sbin is missing from many users' PATH.
_ENVIRONMENT = """\
for v in $(env | sed -n 's/^\\(PG[A-Z0-9_]*\\)=.*/\\1/p'); do unset "$v"; done
LC_ALL=C; PATH=$PATH:/usr/sbin:/sbin; export LC_ALL PATH
HOME=$(getent passwd "$(id -u)" | cut -d: -f6); export HOME
umask 077
cd /
"""

_BECOME = """\
PATH=$PATH:/usr/sbin:/sbin
how=$1; who=$2; script=$3; shift 3
if [ "$how" = owner ]; then
  [ -e "$who" ] || { echo "no such file or directory: $who" >&2; exit 66; }
  who=$(stat -Lc %U -- "$who") || exit 66
fi
if [ -z "$who" ] || [ "$who" = "$(id -un)" ]; then exec sh -c "$script" pypcp "$@"
elif [ "$(id -u)" = 0 ]; then exec runuser -u "$who" -- sh -c "$script" pypcp "$@"
else exec sudo -n -u "$who" -- sh -c "$script" pypcp "$@"; fi
"""


def scripts_beside(module: str) -> Callable[..., str]:
    """What reads the shell files in the folder of ``module``, a ``__file__``: the texts of all names given, in one."""
    package = Path(module).parent
    return lambda *names: "".join((package / f"{name}.sh").read_text("utf-8") for name in names)


def quote(words: Sequence[str]) -> str:
    """The words as one line of POSIX shell that means exactly these words, whatever they hold.

    Raises WrongUsage for a NUL, which no argument can carry.
    """
    if any("\0" in word for word in words):
        raise WrongUsage("quote a command for the shell", "an argument holds a NUL byte")
    return " ".join(shlex.quote(word) for word in words)


def invocation(script: str, args: Sequence[str], as_user: str | None, owner_of: str | None) -> list[str]:
    """The argument list that runs ``script`` with ``args`` as that user, or as the owner of that path."""
    how, who = ("owner", owner_of) if owner_of is not None else ("user", as_user or "")
    return ["sh", "-c", _BECOME, "pypcp", how, who, _ENVIRONMENT + script, *args]
