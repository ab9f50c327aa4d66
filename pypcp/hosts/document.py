"""The answer of a script that looks (item.sh): texts, each with a name and an exit status, parted by a mark."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pypcp.errors import MalformedReply
from pypcp.hosts.host import Host

# Begins every script that looks, which then says ``item NAME COMMAND...``.
ITEM = Path(__file__).with_name("item.sh").read_text("utf-8")
_MARK = re.compile(rb"mark ([0-9a-f]{32})\n")


@dataclass(frozen=True)
class Item:
    """What one command of the script printed, and how it ended: both streams; what is no UTF-8 as surrogates."""

    text: str
    exit: int


NOTHING = Item("", 1)  # what a command would have left that did not run


def ask(
    host: Host,
    tried: str,
    script: str,
    args: Sequence[str] = (),
    *,
    do: str = "",
    stdin: bytes = b"",
    as_user: str | None = None,
    owner_of: str | None = None,
    timeout: float = 60.0,
) -> dict[str, Item]:
    """Run a script that looks, without ITEM, as ``Host.run`` does; what it tells. ``tried`` and ``do`` are for errors.

    Raises OperationFailed when the script fails, MalformedReply for an answer that is none, what ``Host.run`` raises.
    """
    answer = host.run(ITEM + script, args, stdin=stdin, as_user=as_user, owner_of=owner_of, timeout=timeout)
    answer.or_fail(tried, do)
    with reading(tried):
        return parse(answer.stdout)


@contextmanager
def reading(tried: str) -> Iterator[None]:
    """Around what reads an answer: the ValueError, KeyError or TypeError that it ends with becomes a MalformedReply."""
    try:
        yield
    except (ValueError, KeyError, TypeError) as why:
        raise MalformedReply(tried, f"the answer cannot be read: {why}") from None


def parse(answer: bytes) -> dict[str, Item]:
    """The items by name. Raises ValueError for an answer that is none, as from a login script that prints."""
    found = _MARK.match(answer)
    if not found:
        raise ValueError(f"unexpected beginning {answer[:80]!r}")
    nothing, *parts = (b"\n" + answer[found.end() :]).split(b"\n" + found[1] + b" ")
    if nothing.strip() or len(parts) % 2:
        raise ValueError(f"unexpected end {answer[-80:]!r}")
    return dict(map(_item, parts[::2], parts[1::2]))


def _item(part: bytes, status: bytes) -> tuple[str, Item]:
    name, _, text = part.partition(b"\n")
    return name.decode("utf-8", "replace"), Item(text.decode("utf-8", "surrogateescape"), int(status))
