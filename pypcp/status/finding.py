"""A finding: what was seen, in plain words, and the command that mends it."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Severity(enum.Enum):
    """How bad it is. A NOTE is no problem: it says what could not be looked at, or what is normal and surprises."""

    CRITICAL = "critical"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """``kind`` is a stable name for programs; ``node`` the id of the node it is about, if it is about one.

    ``text`` names hosts; ``mend`` is a command to type, or an advice where no command mends it.
    """

    kind: str
    severity: Severity
    text: str
    mend: str = ""
    node: int | None = None
