"""A tool from its command line to its exit code: options, password, conversation, text.

Results and the debug trace go to stdout, errors to stderr, as with pgpool's tools. A failure of whatever kind exits
with 1; theirs exit with 0 for everything that the server refuses.
"""

from __future__ import annotations

import os
import sys

from pypcp.address import SOCKET_DIRECTORIES, Address
from pypcp.client import Client
from pypcp.credentials import Credentials
from pypcp.errors import (
    AuthenticationFailed,
    ConnectionBroken,
    ConnectionFailed,
    DeadlinePassed,
    PypcpError,
    ServerRefused,
    WrongUsage,
)
from pypcp.wire import Frame, report_fields
from pypcp_cli.dropin import answers
from pypcp_cli.dropin.arguments import Arguments
from pypcp_cli.dropin.getopt_long import Complaint
from pypcp_cli.dropin.tools import TOOLS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


FAILED = 1
# pgpool's tools wait for ever. A recovery takes as long as a base backup, a graceful change as long as clients do.
TIMEOUT, LONG_TIMEOUT = 60.0, 7 * 86400.0
NEEDS_NODE = "invalid node ID"  # how 3.6 to 4.2 refuse to tell of all nodes at once


def main(program: str, words: Sequence[str]) -> int:
    """Run the tool that the program's name says. Returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="surrogateescape")  # type: ignore[union-attr]
    try:
        code = _main(os.path.basename(program), words)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    return code


def _main(name: str, words: Sequence[str]) -> int:
    tool = TOOLS.get(name)
    if not tool:
        return _complain(f"{name} is a invalid PCP utility")
    if words and words[0] in ("--help", "-?"):
        sys.stderr.write(tool.usage())
        return 0
    if words and words[0] in ("--version", "-V"):
        from pypcp import __version__

        sys.stderr.write(f"{name} (pypcp) {__version__}\n")
        return 0
    try:
        arguments = Arguments(tool, words)
    except Complaint as complaint:
        return _complain(str(complaint))
    for warning in arguments.warnings:
        _complain(warning)
    return _Call(arguments).run()


def _complain(text: str) -> int:
    sys.stderr.write(text + "\n")
    return FAILED


class _Call:
    """One conversation, with what is printed of it."""

    def __init__(self, arguments: Arguments) -> None:
        self._arguments = arguments
        self._era = _era()
        self._goodbye = ""

    def run(self) -> int:
        """The answer on stdout, or the error on stderr."""
        try:
            client = self._client()
            with client:
                text = client.run(answers.command(self._arguments, self._era))
        except PypcpError as error:
            return self._fail(error)
        sys.stdout.write(text + self._goodbye)
        return 0

    def _client(self) -> Client:
        address = _address(self._arguments)
        credentials = Credentials(self._arguments.username)
        password = _prompt() if self._arguments.asks_password else ""
        if not password:
            # Without any pgpool is to say itself that the login failed, so an empty one is tried.
            found = credentials.password_for(address).value
            password = found if found is not None else _prompt() if self._may_ask() else ""
        is_slow = self._arguments.is_graceful or self._arguments.tool.name == "pcp_recovery_node"
        return Client(
            address,
            Credentials(self._arguments.username, password),
            timeout=LONG_TIMEOUT if is_slow else TIMEOUT,
            trace=self._trace if self._arguments.is_debug else None,
        )

    def _may_ask(self) -> bool:
        # 4.7 asks in any case, -w or not, terminal or not
        return self._era >= (4, 7) or (not self._arguments.never_asks and sys.stdin.isatty())

    def _trace(self, direction: str, frame: Frame) -> None:
        """Their lines: nothing of what is sent before the login, and the goodbye behind the answer."""
        if direction == "send" and frame.kind in b"MR":
            return
        line = f'DEBUG: {direction}: tos="{frame.kind.decode("latin-1")}", len={frame.length}\n'
        if frame.kind == b"X":
            self._goodbye = line
        else:
            sys.stdout.write(line + (_notice(frame) if frame.kind == b"N" else ""))

    def _fail(self, error: PypcpError) -> int:
        sys.stdout.write(self._goodbye)
        if isinstance(error, ServerRefused) and self._is_refused_for_all(error):
            old = "invalid option -- 'a'" if self._arguments.wants_all else "missing node-id"
            return _complain(f"{self._arguments.tool.name}: {old}\n{self._arguments.hint}")
        return _complain(_text(error, self._arguments))

    def _is_refused_for_all(self, error: ServerRefused) -> bool:
        is_all = self._arguments.tool.name == "pcp_node_info" and self._arguments.node is None
        return is_all and NEEDS_NODE in (error.message, error.detail)


def _era() -> tuple[int, int]:
    """The pgpool that the tools are made for, from PYPCP_SHIMS_FOR ("3.7"); (0, 0) for any."""
    major, _, minor = os.environ.get("PYPCP_SHIMS_FOR", "").partition(".")
    return (int(major), int(minor)) if major.isdecimal() and minor.isdecimal() else (0, 0)


def _address(arguments: Arguments) -> Address:
    address = Address(arguments.host, arguments.port)
    if not arguments.host and not address.socket_path:
        return Address(SOCKET_DIRECTORIES[1], arguments.port)  # theirs: without a host never over TCP
    return address


def _prompt() -> str:
    if sys.stdin.isatty():
        import getpass

        return getpass.getpass("Password: ")
    sys.stderr.write("Password: ")
    sys.stderr.flush()
    password = sys.stdin.readline().rstrip("\n")
    sys.stderr.write("\n")
    return password


def _text(error: PypcpError, arguments: Arguments) -> str:
    """The error in the words of pgpool's library (src/libs/pcp/pcp.c)."""
    if isinstance(error, ServerRefused | AuthenticationFailed):
        return _refusal(error)
    if isinstance(error, ConnectionFailed):
        address = _address(arguments)
        path = address.socket_path
        place = f'socket "{path}"' if path else f'host "{address.tcp_host}"'
        return f'ERROR: connection to {place} failed with error "{_capital(error.said)}"'
    if isinstance(error, ConnectionBroken):
        return "ERROR: unable to read data from socket."
    if isinstance(error, DeadlinePassed | WrongUsage):
        return f"ERROR: {error.said}"
    return f"ERROR: {error.tried}: {error.said}"


def _refusal(error: PypcpError) -> str:
    refused = error.__context__ if isinstance(error.__context__, ServerRefused) else error
    if not isinstance(refused, ServerRefused):
        return f"FATAL:  {error.said}"
    detail = f"DETAIL:  {refused.detail}\n" if refused.detail else ""
    return f"{refused.severity}:  {refused.message}\n{detail}"


def _notice(frame: Frame) -> str:
    found = report_fields(frame.payload)
    detail = f"DETAIL:  {found['D']}\n" if "D" in found else ""
    return f"BACKEND {found.get('S', '')}:  {found.get('M', '')}\n{detail}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
