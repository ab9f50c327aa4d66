"""The operator's own ``.pgpass`` on a node's host, for one who has the password there (libpq: "The Password File")."""

from __future__ import annotations

from collections.abc import Mapping

from pypcp import passfile
from pypcp.hosts.host import Host

# As libpq does, one that others can read is not used. Where we are the owner, it was read already.
_SCRIPT = """\
file=$HOME/.pgpass
[ "$(id -un)" != "$1" ] && [ -n "$(find "$file" -maxdepth 0 -type f ! -perm /077 -size -1025k 2>/dev/null)" ] || exit 0
cat -- "$file"
"""


def own_lines(host: Host, owner: str) -> tuple[bytes, ...]:
    """The lines of the user as whom we come to ``host``, none if that is ``owner``. Raises as ``Host.run``."""
    answer = host.run(_SCRIPT, [owner])
    return tuple(line.rstrip(b"\r") for line in answer.stdout.split(b"\n")) if answer.exit == 0 else ()


def password(lines: tuple[bytes, ...], connection: Mapping[str, str]) -> str | None:
    """The password that libpq would take from the lines for this connection: that of the first line that matches."""
    host = connection.get("host", "") or "localhost"
    wanted = [host, connection.get("port", "5432"), connection.get("dbname", ""), connection.get("user", "")]
    encoded = [value.encode("utf-8", "surrogateescape") for value in wanted]
    for line in lines:
        if not line.startswith(b"#") and (found := passfile.match(line, encoded)) is not None:
            return found.decode("utf-8", "surrogateescape")
    return None
