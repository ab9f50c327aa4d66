"""The world outside: streams, the terminal, questions. Results go to stdout, all the rest to stderr."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from pypcp_cli.pgpool import Pgpool

# What could move the cursor, change the terminal or turn the order of letters: C0 and C1 controls but tab and newline,
# the marks of writing direction, and bytes that were not UTF-8.
_HOSTILE = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"


def visible(text: str) -> str:
    """The text with everything that a terminal would obey written as an escape: ``\\x1b``."""
    if text.isascii() and text.isprintable():
        return text
    import re

    return re.sub(_HOSTILE, lambda found: _escape(found[0]), text)


def visible_line(text: str) -> str:
    """The same, for what has to stay on one line."""
    return visible(text).replace("\t", "\\t").replace("\n", "\\n")


def _escape(letter: str) -> str:
    code = ord(letter)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that was not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


class Console:
    """One run of the program: what was said about all commands, and where it talks to.

    ``debug`` asks for the trace of the protocol and for tracebacks; ``cluster`` was named before the command;
    ``colour`` is when there is colour: auto, always or never; ``state`` is how things stand, for one who interrupts;
    ``pgpool`` is the one that the command talks to, so that errors name commands that reach it.
    """

    colour = "auto"

    def __init__(self) -> None:
        self.debug = False
        self.cluster: str | None = None
        self.state = ""
        self.pgpool: Pgpool | None = None
        self._has_passing = False
        for name in ("stdout", "stderr"):
            if getattr(sys, name) is None:  # it was closed before we began
                setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))
            _keep_all_bytes(getattr(sys, name))

    @property
    def target(self) -> str:
        """The options that lead another command to the pgpool that this one talks to; empty where it needs none."""
        return self.pgpool.target if self.pgpool else ""

    @property
    def can_ask(self) -> bool:
        """Whether there is somebody to ask."""
        return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()

    @property
    def is_terminal(self) -> bool:
        """Whether results are looked at by a person."""
        return sys.stdout.isatty()

    @property
    def has_colour(self) -> bool:
        """Whether stdout gets colour: as was asked for; else on a terminal that is not dumb, without NO_COLOR."""
        if self.colour != "auto":
            return self.colour == "always"
        return self.is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    @property
    def width(self) -> int:
        """The columns of the terminal; 80 where there is none."""
        import shutil

        return shutil.get_terminal_size().columns

    def write(self, text: str) -> None:
        """A result. On a terminal nothing in it can be taken for a command to the terminal."""
        sys.stdout.write(visible(text) if self.is_terminal else text)

    def write_at_once(self, text: str) -> None:
        """A part of the result that whoever reads it wants to have while the command goes on."""
        self.write(text)
        sys.stdout.flush()

    def write_while_read(self, text: str) -> None:
        """The same, of work that has to come to its end also when nobody reads any more (`| head`)."""
        try:
            self.write_at_once(text)
        except BrokenPipeError:
            self.forget_reader()

    def forget_reader(self) -> None:
        """Nobody reads our results any more, or they cannot be written: Python must not try to when it ends."""
        _forget(sys.stdout)

    def write_painted(self, text: str) -> None:
        """A result with colours in it, whose other parts went through :func:`visible_line`."""
        sys.stdout.write(text)

    @property
    def can_pass(self) -> bool:
        """Whether a line on stderr can be overwritten."""
        return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def say_in_passing(self, text: str) -> None:
        """A line on a terminal that the next one overwrites. Text only where ``can_pass``."""
        self._tell(f"\r{visible_line(text)[: self.width - 1]}\x1b[K")
        self._has_passing = True

    def say(self, text: str) -> None:
        """A line for the person at the terminal."""
        before = "\r\x1b[K" if self._has_passing else ""
        self._has_passing = False
        self._tell(f"{before}{visible(text)}\n")

    def _tell(self, text: str) -> None:
        """To stderr. That nobody hears it is no reason to leave work half done."""
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except OSError:
            _forget(sys.stderr)

    def say_prose(self, text: str) -> None:
        """A long line for the person at the terminal, broken there at spaces; a part of a list under its first word."""
        if sys.stderr.isatty() and len(text) > self.width:
            from pypcp_cli.columns import wrapped

            text = f"\n{'  ' * text.startswith('- ')}".join(wrapped(visible_line(text), max(self.width - 2, 40)))
        self.say(text)

    def complain(self, text: str) -> None:
        """An error or a warning."""
        self.say(f"pypcp: {text}")

    def password(self, who: str) -> str:
        """A password: typed without echo, or a line from stdin if that is no terminal."""
        if not sys.stdin.isatty():
            return sys.stdin.readline().rstrip("\n")
        return self.ask_secretly(f"Password for {visible_line(who)}: ")

    def ask_secretly(self, question: str) -> str:
        """What is typed, without echo."""
        import getpass

        return getpass.getpass(visible(question), sys.stderr)

    def ask(self, question: str) -> str:
        """A line that is typed, asked for on stderr."""
        sys.stderr.write(f"{visible(question)}: ")
        sys.stderr.flush()
        return sys.stdin.readline().strip()

    def agreed(self, tried: str, question: str) -> None:
        """Ask on stderr. Raises RefusedForSafety unless the answer is yes."""
        if not self.confirm(question):
            from pypcp.errors import RefusedForSafety

            raise RefusedForSafety(tried, "the answer was no")

    def confirm(self, question: str) -> bool:
        """Ask on stderr; the answer is no unless it is yes."""
        sys.stderr.write(f"{visible(question)} [y/N] ")
        sys.stderr.flush()
        return sys.stdin.readline().strip().lower() in ("y", "yes")


def _forget(stream: TextIO) -> None:
    """Let what is still to be written go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _keep_all_bytes(stream: TextIO) -> None:
    """Let bytes that are not UTF-8, as servers send them, pass as they came."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure and stream.encoding.lower() == "utf-8":
        reconfigure(errors="surrogateescape")
    elif reconfigure:  # no UTF-8, where some letters have no bytes at all
        import codecs

        codecs.register_error("pypcp", _bytes_or_escape)
        reconfigure(errors="pypcp")


def _bytes_or_escape(error: UnicodeError) -> tuple[str | bytes, int]:
    """What letters are written as that the encoding has not: the bytes that they came from, or an escape."""
    import codecs

    try:
        return codecs.lookup_error("surrogateescape")(error)
    except UnicodeError:
        return codecs.lookup_error("backslashreplace")(error)
