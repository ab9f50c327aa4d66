"""What can go wrong. Every error tells three things: what was tried, what was answered, what to do now.

The library knows no exit codes; the command line has one table from these classes to codes.
"""

from __future__ import annotations


class PypcpError(Exception):
    """The root of everything pypcp raises on purpose.

    ``tried`` is what was being done, in lower case and with the object's name ("attach node 0 on bak:9898");
    ``said`` is what was answered, in the server's or the tool's own words; ``do`` is what the operator can do now,
    best a command that can be pasted. No field ever holds a password.
    """

    def __init__(self, tried: str, said: str = "", do: str = "") -> None:
        super().__init__(tried, said, do)  # so that it can be copied and pickled
        self.tried, self.said, self.do = tried, said, do

    def __str__(self) -> str:
        first = f"{self.tried}: {self.said}" if self.said else self.tried
        return f"{first}\n{self.do}" if self.do else first


class WrongUsage(PypcpError, ValueError):
    """The caller asked for something that cannot be: a node id that is no number, a node that does not exist."""


class ConnectionFailed(PypcpError):
    """No connection could be made: refused, host unknown, socket missing."""


class ConnectionBroken(PypcpError):
    """The connection was there and ended in the middle of a conversation."""


class MalformedReply(PypcpError):
    """The server sent bytes that are not PCP, or a reply that is not the one asked for."""

    def __init__(self, tried: str, said: str = "", do: str = "") -> None:
        super().__init__(
            tried, said, do or "Try again; see what came with --debug, and whether this is pgpool's PCP port."
        )


class AuthenticationFailed(PypcpError):
    """The server knows the user not, or not with this password; or there was no password to try."""


class DeadlinePassed(PypcpError):
    """Something took longer than it was given."""


class OperationFailed(PypcpError):
    """It was tried, and it did not have the effect it should have had."""


class ServerRefused(OperationFailed):
    """pgpool answered with an error of its own.

    ``severity`` is pgpool's word (``ERROR``, ``FATAL``), ``message``, ``detail`` and ``hint`` its texts as they came,
    empty when it sent none; in ``said`` and ``do`` they are safe to print.
    """

    def __init__(self, tried: str, severity: str, message: str, detail: str = "", hint: str = "", do: str = "") -> None:
        said = f'pgpool says "{message}"' + (f" ({detail})" if detail else "")
        super().__init__(tried, on_one_line(said), do or on_one_line(hint))
        self.args = (tried, severity, message, detail, hint, do)
        self.severity, self.message, self.detail, self.hint = severity, message, detail, hint


class RefusedForSafety(PypcpError):
    """A safety check said no before anything was changed."""


def on_one_line(text: str) -> str:
    """A text from outside that does nothing to a terminal: its lines joined, its control characters as escapes."""
    joined = " ".join(text.split())
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in joined)
