"""The answer of a script that looks (item.sh): texts, each with a name and an exit status, parted by a mark."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

# Begins every script that looks, which then says ``item NAME COMMAND...``.
ITEM = Path(__file__).with_name("item.sh").read_text("utf-8")
_MARK = re.compile(rb"mark ([0-9a-f]{32})\n")


@dataclass(frozen=True)
class Item:
    """What one command of the script printed, and how it ended: both streams; what is no UTF-8 as surrogates."""

    text: str
    exit: int


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
