"""Makes the first corpus: from the recordings, the shortest answer for each command and number of fields."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "fuzz")]

from replies import LETTERS  # noqa: E402

from tests.unit.pcp.recordings import asked  # noqa: E402

LONGEST = 4000  # bytes of an answer worth keeping


def main() -> None:
    found: dict[tuple[int, bytes, int], bytes] = {}
    for recording in asked():
        letter, payload = recording.request or ("", b"")
        chosen = LETTERS.index(letter) + (len(LETTERS) if payload == b"-1\0" else 0)
        answer = recording.answer[:LONGEST]
        shape = (chosen, answer[:1], answer.count(b"\0"))
        if len(answer) < len(found.get(shape, b"x" * (LONGEST + 1))):
            found[shape] = answer
    for (chosen, _, _), answer in found.items():
        data = bytes([chosen]) + answer
        (ROOT / "fuzz" / "corpus" / hashlib.sha1(data, usedforsecurity=False).hexdigest()).write_bytes(data)


main()
