"""pgpool's parameters, as they are in force: ``B`` (pcp_worker.c, ``inform_pool_status``)."""

from __future__ import annotations

from pypcp.commands import Command, Reply, Request, question
from pypcp.errors import MalformedReply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pypcp.records import Setting

MASK = "********"


def pool_status() -> Command[list[Setting]]:
    """All parameters with their values. What may be a secret is masked."""
    return question("ask for the pool status", Request(b"B"), _read)


def _read(reply: Reply) -> list[Setting]:
    from pypcp.records import Setting

    try:
        return [Setting(name, masked(name, value), text) for name, value, text, *_ in reply.each_row("ProcessConfig")]
    except ValueError:  # too few to unpack
        raise MalformedReply("read the pool status", "a parameter with fewer than 3 fields") from None


def masked(name: str, value: str) -> str:
    """The value of a parameter, or a mask if it may be a secret: up to 3.7 wd_lifecheck_password is sent in clear."""
    may_be_secret = "passw" in name or "authkey" in name  # hundreds are asked, so no loop over words
    return MASK if may_be_secret and value and name != "pool_passwd" else value
