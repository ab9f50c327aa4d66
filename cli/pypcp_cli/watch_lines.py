"""The events as lines: for logs, and for programs."""

from __future__ import annotations

import json
import sys

from pypcp.watch.events import Event, Known, step
from pypcp_cli.console import visible_line
from pypcp_cli.render import local, utc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pypcp.watch.looks import Looks

WAIT = 3600.0  # any time: the next look comes when it comes


def run(looks: Looks, count: int | None, *, as_json: bool) -> None:
    """Write each event as it is seen, until ``count`` looks were taken."""
    known = Known()
    taken = 0
    while count is None or taken < count:
        facts = looks.next(WAIT)
        if facts is None:
            continue
        taken += 1
        known, events = step(known, facts)
        for event in events:
            sys.stdout.write(as_document(event) if as_json else as_line(event))
        sys.stdout.flush()


def as_line(event: Event) -> str:
    """An event for people who read logs."""
    return f"{local(event.moment)} {visible_line(event.text)}\n"


def as_document(event: Event) -> str:
    """An event as one line of JSON."""
    document = {"time": utc(event.moment), "event": event.kind, "node": event.node, "text": event.text}
    return json.dumps(document) + "\n"
