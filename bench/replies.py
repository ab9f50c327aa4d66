"""Process info replies of 4,000 rows, made as pgpool makes them (pcp_worker.c, `inform_process_info`)."""

from __future__ import annotations

from bench.server import CHILDREN, MAX_POOL, NODES, ROWS

# The layout of 4.2 and before, the only one that the package of PyPI can read, and the one of 4.7.
OLD = "{pid}|appdb|appuser|1795395408|1795396250|3|0|17|{node}|{backend}|1"
NEW = (
    "{pid}|2026-11-23 00:57:04|3|{slot}|{node}|appdb|appuser|2026-11-23 01:10:56|2026-11-23 01:10:56||0|3|0|17"
    "|{backend}|1|Execute command|1|127.0.0.1|54838|select count(*) from accounts where branch = $1"
)


def process_info(layout: str) -> bytes:
    """The whole reply as it is on the wire."""
    rows = (
        layout.format(pid=10_000 + child, slot=slot, node=node, backend=20_000 + child * NODES + node)
        for child in range(CHILDREN)
        for slot in range(MAX_POOL)
        for node in range(NODES)
    )
    frames = [f"ArraySize|{ROWS}", *(f"ProcessInfo|{row}" for row in rows), "CommandComplete"]
    return b"".join(map(_frame, frames))


def _frame(fields: str) -> bytes:
    payload = fields.replace("|", "\0").encode() + b"\0"
    return b"p" + (len(payload) + 4).to_bytes(4, "big") + payload
