"""How a run ends: what went wrong becomes a line and an exit code, never a traceback."""

from __future__ import annotations

import sys

from pypcp import __version__
from pypcp.errors import PypcpError, RefusedForSafety
from pypcp_cli import exits
from pypcp_cli.console import Console, visible_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

UNTOUCHED = "Nothing was changed"


def outcome(console: Console, work: Callable[[], object]) -> int:
    """Do the work. Returns its exit code, or the one for how it failed."""
    try:
        code = work()
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads our output has seen enough (`| head`)
        console.forget_reader()
        return exits.DONE
    except KeyboardInterrupt:
        console.say("")
        from pypcp_cli.aimed import aimed

        state = f": {aimed(console.state, console.target)}" if console.state else ""
        console.say_prose(f"pypcp: interrupted{state}")
        return exits.INTERRUPTED
    except PypcpError as error:
        _tell(error, console)
        return exits.exit_code(error)
    except Exception as bug:
        return _report(bug, console)
    return code if isinstance(code, int) else exits.DONE


def _tell(error: PypcpError, console: Console) -> None:
    """What was tried, what was answered, what to do; on a terminal, what is there to be copied is left whole."""
    from pypcp_cli.aimed import aimed

    text = aimed(str(error), console.target)
    first, *rest = text.split("\n")
    console.say_prose(f"pypcp: {first}")
    for line in rest:
        (console.say_prose if line.startswith("- ") else console.say)(line)
    if isinstance(error, RefusedForSafety) and UNTOUCHED.lower() not in text.lower():
        console.say(f"{UNTOUCHED}.")


def _report(bug: Exception, console: Console) -> int:
    if console.debug:
        import traceback

        console.say(traceback.format_exc())
    if isinstance(bug, OSError):
        _give_up_stdout(console)
        place = f"{bug.filename}: " if bug.filename else ""
        console.complain(place + (bug.strerror or str(bug)).lower())
        return exits.FAILED
    kind = f"{type(bug).__name__}: {visible_line(str(bug))}"
    console.complain(f"this is a bug in pypcp {__version__}: {kind}")
    console.say("Run it again with --debug, and report what it prints together with the command that you typed.")
    return exits.FAILED


def _give_up_stdout(console: Console) -> None:
    """Where results cannot be written, a full disk for example: Python would try again when it ends, and complain."""
    try:
        sys.stdout.flush()
    except OSError:
        console.forget_reader()
