"""Exit codes, the same for every command: one table from the library's errors to codes."""

from __future__ import annotations

from pypcp import errors

DONE = 0
FAILED = 1
WRONG_USAGE = 2
NO_CONNECTION = 3
NO_LOGIN = 4
LATE = 5
UNSAFE = 6
INTERRUPTED = 130

MEANINGS = {
    DONE: "done",
    FAILED: "the server refused, or the operation failed",
    WRONG_USAGE: "wrong usage",
    NO_CONNECTION: "cannot connect, or the connection broke",
    NO_LOGIN: "authentication failed",
    LATE: "a deadline passed",
    UNSAFE: "refused by a safety check, nothing was changed",
    INTERRUPTED: "interrupted",
}

CODES: dict[type[errors.PypcpError], int] = {
    errors.PypcpError: FAILED,
    errors.WrongUsage: WRONG_USAGE,
    errors.ConnectionFailed: NO_CONNECTION,
    errors.ConnectionBroken: NO_CONNECTION,
    errors.MalformedReply: NO_CONNECTION,
    errors.AuthenticationFailed: NO_LOGIN,
    errors.DeadlinePassed: LATE,
    errors.RefusedForSafety: UNSAFE,
}


def exit_code(error: errors.PypcpError) -> int:
    """The code of the error's class, or of the nearest class that it is made from."""
    return next(CODES[kind] for kind in type(error).__mro__ if kind in CODES)
