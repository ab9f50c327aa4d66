"""The live screen: redrawn for each look, with the events below."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import sys
import time
from collections.abc import Iterator

from pypcp.status import view
from pypcp.status.findings import findings
from pypcp.watch.events import Event, Known, step
from pypcp_cli.columns import fitted, text_width
from pypcp_cli.console import visible_line
from pypcp_cli.render import local
from pypcp_cli.status_screen import BOLD, FAINT, Screen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pypcp.status.facts import Facts
    from pypcp.watch.looks import Looks
    from pypcp_cli.console import Console

KEPT_EVENTS = 200
MARKED_FOR = 10.0  # seconds that a change stays marked
POLL = 0.1  # seconds in which a key is noticed

# What a terminal understands (ECMA-48; 1049 and 25 are xterm's, which all know): another page, no cursor.
ENTER, LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
HOME, TO_LINE_END, TO_PAGE_END = "\x1b[H", "\x1b[K", "\x1b[J"


def run(looks: Looks, count: int | None, console: Console, target: str) -> None:
    """Show look after look until q is typed, or ``count`` were shown."""
    watch = _Watch(console, target)
    with _terminal():
        while count is None or watch.taken < count:
            watch.draw()
            if _is_typed("q"):
                return
            if facts := looks.next(POLL):
                watch.take(facts)


class _Watch:
    """What is on the screen."""

    def __init__(self, console: Console, target: str) -> None:
        self.taken = 0
        self._console = console
        self._target = target
        self._known = Known()
        self._events: list[Event] = []
        self._marked: dict[int, float] = {}
        self._facts: Facts | None = None
        self._last_nodes: Facts | None = None
        self._drawn = ""

    def take(self, facts: Facts) -> None:
        self.taken += 1
        is_first = self._facts is None
        self._known, events = step(self._known, facts)
        self._events = [*self._events, *events][-KEPT_EVENTS:]
        self._facts = facts
        self._last_nodes = facts if view.nodes(facts) else self._last_nodes
        for event in events:
            if event.node is not None and not is_first:
                self._marked[event.node] = time.monotonic() + MARKED_FOR

    def draw(self) -> None:
        """Draw what has changed since; nothing where nothing has."""
        size = shutil.get_terminal_size()
        page = "\r\n".join(line + TO_LINE_END for line in self._lines(size.columns, size.lines))
        if page != self._drawn:
            self._drawn = page
            sys.stdout.write(HOME + page + TO_PAGE_END)
            sys.stdout.flush()

    def _lines(self, width: int, height: int) -> list[str]:
        screen = Screen(self._console)
        if self._facts is None:
            return ["Looking ...   q quits"]
        marked = {node for node, until in self._marked.items() if until > time.monotonic()}
        lines = screen.lines(self._facts, findings(self._facts), self._target, marked)
        if self._last_nodes and self._last_nodes is not self._facts:
            lines += ["", screen.paint(FAINT, f"As last seen, {local(self._last_nodes.moment)}")]
            lines += screen.nodes(self._last_nodes, view.nodes(self._last_nodes))[1:]
        seen = f"{local(self._facts.moment)}   q quits"
        rows = [row for line in lines for row in _rows(line, width)]
        top = [screen.paint(FAINT, fitted(seen, width).rstrip()), *rows]
        room = height - len(top) - 2
        if room < 1:
            return [
                *top[: height - 1],
                screen.paint(FAINT, fitted("... the window is too low for all of it", width).rstrip()),
            ]
        events = [fitted(_line(event), width).rstrip() for event in self._events[-room:]]
        return [*top, "", screen.paint(BOLD, "Events"), *events][:height]


def _rows(line: str, width: int) -> Iterator[str]:
    """The rows that a line takes; those with colours in them were made to fit."""
    if "\x1b" in line:
        yield line
        return
    while text_width(line) > width:
        at = next(at for at in range(len(line), 0, -1) if text_width(line[:at]) <= width or at == 1)
        yield line[:at]
        line = line[at:]
    yield line


def _line(event: Event) -> str:
    moment = (local(event.moment) or "").partition(" ")[2]
    return f"{moment}  {visible_line(event.text)}"


@contextlib.contextmanager
def _terminal() -> Iterator[None]:
    """The terminal's other page, without echo; whatever happens, the terminal is as before afterwards."""
    import termios
    import tty

    is_typed = sys.stdin is not None and sys.stdin.isatty()
    before = termios.tcgetattr(sys.stdin) if is_typed else None
    former = signal.signal(signal.SIGTERM, _end)
    try:
        if before:
            tty.setcbreak(sys.stdin)
        sys.stdout.write(ENTER)
        yield
    finally:
        sys.stdout.write(LEAVE)
        sys.stdout.flush()
        if before:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
        signal.signal(signal.SIGTERM, former)


def _end(number: int, frame: object) -> None:
    raise SystemExit(128 + number)


def _is_typed(key: str) -> bool:
    """Whether the key was typed; other keys are taken and forgotten."""
    if sys.stdin is None or not sys.stdin.isatty():
        return False
    while select.select([sys.stdin], [], [], 0)[0]:
        typed = os.read(sys.stdin.fileno(), 64)
        if key.encode() in typed.lower():
            return True
        if not typed:
            return False
    return False
