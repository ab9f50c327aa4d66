"""pgpool's parameters, as they are in force: ``B`` (pcp_worker.c, ``inform_pool_status``)."""

from __future__ import annotations

from pypcp.commands import Command, Reply, Request, question
from pypcp.errors import MalformedReply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pypcp.records import Setting

MASK = "********"
_SECRETS = ("password", "passwd", "authkey")  # sent in clear by some versions: wd_lifecheck_password up to 3.7


def pool_status() -> Command[list[Setting]]:
    """All parameters with their values. What may be a secret is masked."""
    return question("ask for the pool status", Request(b"B"), _read)


def _read(reply: Reply) -> list[Setting]:
    from pypcp.records import Setting

    settings = []
    for row in reply.rows("ProcessConfig"):
        if len(row) < 3:
            raise MalformedReply("read the pool status", f"a parameter with {len(row)} fields where 3 were to come")
        name, value, description = row[:3]
        settings.append(Setting(name, masked(name, value), description))
    return settings


def masked(name: str, value: str) -> str:
    """The value of a parameter, or a mask if it may be a secret."""
    is_secret = value and any(secret in name for secret in _SECRETS) and name != "pool_passwd"
    return MASK if is_secret else value
