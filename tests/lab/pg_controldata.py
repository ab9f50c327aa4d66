#!/usr/bin/python3
"""pg_controldata of PostgreSQL 10 and 11, whose packages for the tests come without one: the lines that pypcp reads.

The layout is that of pg_control.h, ControlFileData; 11 has dropped prevCheckPoint.
"""

import struct
import sys
from pathlib import Path

STATES = (
    "starting up", "shut down", "shut down in recovery", "shutting down", "in crash recovery", "in archive recovery",
    "in production",
)  # fmt: skip
CHECKPOINT = "QII?9Iq3I"
REST = "QQIQQ?i?4i?Id8I??I"
FORMATS = {1002: "@QIIiqQQ" + CHECKPOINT + REST, 1100: "@QIIiqQ" + CHECKPOINT + REST}


def lsn(position: int) -> str:
    return f"{position >> 32:X}/{position & 0xFFFFFFFF:X}"


def lines(content: bytes) -> "list[tuple[str, object]]":
    version = struct.unpack_from("@QI", content)[1]
    values = list(struct.unpack_from(FORMATS[version], content))
    system, _, catalog, state, _, checkpoint = values[:6]
    redo, timeline, previous, full_pages = values[-43:-39]
    rest = values[-26:]
    return [
        ("pg_control version number", version),
        ("Catalog version number", catalog),
        ("Database system identifier", system),
        ("Database cluster state", STATES[state]),
        ("Latest checkpoint location", lsn(checkpoint)),
        ("Latest checkpoint's REDO location", lsn(redo)),
        ("Latest checkpoint's TimeLineID", timeline),
        ("Latest checkpoint's PrevTimeLineID", previous),
        ("Latest checkpoint's full_page_writes", "on" if full_pages else "off"),
        ("Minimum recovery ending location", lsn(rest[1])),
        ("Min recovery ending loc's timeline", rest[2]),
        ("Backup start location", lsn(rest[3])),
        ("wal_log_hints setting", "on" if rest[7] else "off"),
        ("Database block size", rest[15]),
        ("Bytes per WAL segment", rest[18]),
        ("Data page checksum version", rest[25]),
    ]


if __name__ == "__main__":
    for name, value in lines((Path(sys.argv[1]) / "global" / "pg_control").read_bytes()):
        print(f"{name + ':':38}{value}")  # noqa: T201
