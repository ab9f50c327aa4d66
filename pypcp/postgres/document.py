"""The answer of a script that looks: lines of a name and a base64 text whose last line is an exit status."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """What one command of the script printed, and how it ended: both streams; what is no UTF-8 as surrogates."""

    text: str
    exit: int


def parse(answer: bytes) -> dict[str, Item]:
    """The items by name. Raises ValueError for an answer that is none, as from a login script that prints."""
    items = {}
    for line in answer.split(b"\n"):
        if not line:
            continue
        name, _, encoded = line.partition(b" ")
        try:
            text, _, status = (
                base64.b64decode(encoded, validate=True).decode("utf-8", "surrogateescape").rpartition("\n")
            )
            items[name.decode("utf-8", "replace")] = Item(text, int(status))
        except (binascii.Error, ValueError):
            raise ValueError(f"unexpected line {line[:80]!r}") from None
    return items
