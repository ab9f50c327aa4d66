#!/usr/bin/python3
"""pg_controldata of PostgreSQL 10 to 12, whose packages for the tests come without one: the lines that pypcp reads.

The layout is that of pg_control.h, ControlFileData; 11 has dropped prevCheckPoint, 12 counts transactions in 64 bits
and has max_wal_senders.
"""

import struct
import sys
from pathlib import Path

STATES = (
    "starting up", "shut down", "shut down in recovery", "shutting down", "in crash recovery", "in archive recovery",
    "in production",
)  # fmt: skip
# By pg_control_version: what stands before the copy of the checkpoint, that copy, and how many integers are settings.
FORMATS = {1002: ("QIIiqQQ", "QII?9Iq3I", 4), 1100: ("QIIiqQ", "QII?9Iq3I", 4), 1201: ("QIIiqQ", "QII?Q7Iq3I", 5)}
REST = "QQIQQ?i?{}i?Id8I??I"


def lsn(position: int) -> str:
    return f"{position >> 32:X}/{position & 0xFFFFFFFF:X}"


def lines(content: bytes) -> "list[tuple[str, object]]":
    version = struct.unpack_from("@QI", content)[1]
    before, copy, settings = FORMATS[version]
    values = struct.unpack_from("@" + before + copy + REST.format(settings), content)
    system, _, catalog, state, _, checkpoint = values[:6]
    redo, timeline, previous, full_pages = values[len(before) :][:4]
    rest = values[-22 - settings :]
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
        ("Database block size", values[-11]),
        ("Bytes per WAL segment", values[-8]),
        ("Data page checksum version", values[-1]),
    ]


if __name__ == "__main__":
    for name, value in lines((Path(sys.argv[1]) / "global" / "pg_control").read_bytes()):
        print(f"{name + ':':38}{value}")  # noqa: T201
