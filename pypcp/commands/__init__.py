"""One module for each PCP command: its request, and how the reply becomes a result.

A module ``pypcp/commands/NAME.py`` holds one public function ``NAME`` that takes the command's arguments and returns
a :class:`Command`. That is all it takes: the clients find it by its name.

>>> from pypcp.commands.node_count import node_count
>>> node_count().tried
'ask for the number of nodes'
"""

from __future__ import annotations

from pypcp import wire
from pypcp.errors import MalformedReply, WrongUsage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from typing import Any, Generic, Literal, TypeVar

    T = TypeVar("T")

    class ResultOf(Generic[T]):
        """What a type checker sees: a command knows the type of its result."""

        __slots__ = ()

    # A conversation yields the bytes to send (perhaps none), is sent the bytes that arrived, returns its result.
    Talk = Generator[bytes, bytes, T]
    Ask = Callable[["Request"], Talk["Reply"]]
    Scope = Literal["local", "cluster"]
    Mode = Literal["smart", "fast", "immediate"]
else:

    class ResultOf:
        """What runs: the type of the result costs nothing, `typing` is not imported."""

        __slots__ = ()

        def __class_getitem__(cls, result: object) -> type:
            return cls


COMPLETE = b"CommandComplete\0"
# pgpool lets client sessions end for recovery_timeout (90 s by default) and a little more, then come the scripts.
GRACEFUL_TIMEOUT = 180.0
MAX_NODE_ID = 127  # MAX_NUM_BACKENDS is 128 (src/include/pcp/libpcp_ext.h)


class Request:
    """One frame to send, the letter of the frames that answer it, and how the last one of them begins."""

    __slots__ = ("answer", "end", "frame")

    def __init__(self, kind: bytes, payload: bytes = b"", *, answer: bytes = b"", end: bytes = COMPLETE) -> None:
        self.frame = wire.Frame(kind, payload)
        self.answer = answer or kind.lower()
        self.end = end


class Command(ResultOf["T"]):
    """Something that can be asked of pgpool.

    ``tried`` says it in words, for errors. ``talk(ask)`` is the conversation: ``yield from ask(request)`` gets it
    a reply, and it returns the result. ``changes`` marks what must never be repeated silently and gets a connection of
    its own; ``asks_backends`` what pgpool can answer only after it has asked every PostgreSQL. ``timeout`` is how many
    seconds it is given where nobody chose, None for the usual ones.
    """

    __slots__ = ("asks_backends", "changes", "talk", "timeout", "tried")

    def __init__(
        self,
        tried: str,
        talk: Callable[[Ask], Talk[T]],
        *,
        changes: bool = False,
        asks_backends: bool = False,
        timeout: float | None = None,
    ) -> None:
        self.tried = tried
        self.talk = talk
        self.changes = changes
        self.asks_backends = asks_backends
        self.timeout = timeout


def question(tried: str, request: Request, read: Callable[[Reply], T], *, asks_backends: bool = False) -> Command[T]:
    """A command of one request that changes nothing."""

    def talk(ask: Ask) -> Talk[T]:
        return read((yield from ask(request)))

    return Command(tried, talk, asks_backends=asks_backends)


def order(tried: str, request: Request, timeout: float | None = None) -> Command[None]:
    """A command of one request that changes something, and whose reply only says that it was taken."""

    def talk(ask: Ask) -> Talk[None]:
        yield from ask(request)

    return Command(tried, talk, changes=True, timeout=timeout)


class Reply:
    """The payloads of the frames that answered one request, up to and with the one that says ``CommandComplete``."""

    __slots__ = ("payloads",)

    def __init__(self, payloads: list[bytes]) -> None:
        self.payloads = payloads

    @property
    def fields(self) -> list[str]:
        """The texts behind ``CommandComplete``."""
        return wire.fields(self.payloads[-1])[1:]

    def rows(self, tag: str) -> list[list[str]]:
        """The texts of each frame that begins with ``tag``: see :meth:`each_row`."""
        return list(self.each_row(tag))

    def each_row(self, tag: str) -> Iterator[list[str]]:
        """The texts of each frame that begins with ``tag``, one after the other, so that few are alive at once.

        The number in an ``ArraySize`` frame is not believed: pgpool computes it, it does not count (pcp_worker.c,
        `inform_process_info`). Raises MalformedReply for a frame of any other kind.
        """
        wire.fields(self.payloads[-1])
        beginning = tag.encode() + b"\0"
        skip = len(beginning)
        return (
            payload[skip:-1].decode("utf-8", "surrogateescape").split("\0")
            for payload in self.payloads[:-1]
            if payload.startswith(beginning) and payload[-1] == 0 or _is_array_size(payload, tag)
        )


def _is_array_size(payload: bytes, tag: str) -> bool:
    """False for the frame that announces the rows; whatever else is no row raises MalformedReply."""
    if not payload.startswith(b"ArraySize\0"):
        raise MalformedReply("read from pgpool", f"{payload[:40]!r} where {tag} was to come")
    return False


def number(value: str) -> int:
    """A decimal number of a reply. Raises MalformedReply if it is none."""
    try:
        return int(value)
    except ValueError:
        raise MalformedReply("read from pgpool", f"{value[:40]!r} where a number was to come") from None


def node_id_text(node_id: Any, *, lowest: int = 0) -> bytes:
    """A node id as a payload. Raises WrongUsage for one that no pgpool can have.

    The server would take any text for a number (`atoi`: "abc" is node 0), so it is checked here.
    """
    if isinstance(node_id, bool) or not isinstance(node_id, int) or not lowest <= node_id <= MAX_NODE_ID:
        raise WrongUsage(f"use {node_id!r} as a node id", f"node ids go from 0 to {MAX_NODE_ID}")
    return wire.text(str(node_id))


def choice(what: str, value: str, letters: dict[str, bytes]) -> bytes:
    """The letter for a word. Raises WrongUsage for another word, since pgpool would take it for something else."""
    try:
        return letters[value]
    except (KeyError, TypeError):
        raise WrongUsage(f"use {value!r} as {what}", f"it is one of {', '.join(letters)}") from None


def scope_letter(scope: str) -> bytes:
    """``local`` is this pgpool, ``cluster`` every pgpool of the watchdog; without a watchdog both are the same."""
    return choice("scope", scope, {"local": b"l", "cluster": b"c"})
