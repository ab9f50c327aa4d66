"""What was typed, checked as the tools check it and refused in their words.

One thing is not theirs: a text that is no number is refused. They take ``-n abc`` for node 0.
"""

from __future__ import annotations

from pypcp_cli.dropin.getopt_long import Complaint, Options
from pypcp_cli.dropin.tools import LONG, NODE, PROCESS, WATCHDOG, Tool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MAX_NODE_ID = 128  # what they accept; no pgpool has more than 0 to 127
_MODES = {"s": "smart", "smart": "smart", "f": "fast", "fast": "fast", "i": "immediate", "immediate": "immediate"}
_SCOPES = {"c": "cluster", "cluster": "cluster", "l": "local", "local": "local"}
_SCOPED = ("pcp_stop_pgpool", "pcp_reload_config", "pcp_log_rotate")


class Arguments:
    """The settings of one call. ``warnings`` are to be printed before anything is done."""

    def __init__(self, tool: Tool, words: Sequence[str]) -> None:
        self.tool = tool
        self.host = ""
        self.port = 9898
        self.username: str | None = None
        self.asks_password = False
        self.never_asks = False
        self.is_verbose = self.is_debug = self.wants_all = self.is_graceful = self.is_switchover = False
        self.mode, self.scope = "smart", "local"
        self.node: int | None = None
        self.process: int | None = None
        self.warnings: list[str] = []
        self._read(Options(tool.name, words, tool.short, LONG))
        if tool.must and self.node is None:
            raise Complaint(f"{tool.name}: missing node-id\n{self.hint}")

    @property
    def hint(self) -> str:
        """Where help is."""
        return f'Try "{self.tool.name} --help" for more information.\n'

    def _read(self, options: Options) -> None:
        try:
            for letter, value in options:
                if letter in "?V":  # they are options only in the first place
                    raise Complaint("")
                self._take(letter, value)
        except _Refused as refused:
            raise Complaint(str(refused)) from None
        except Complaint as complaint:
            raise Complaint("\n".join(filter(None, (str(complaint), self.hint)))) from None
        for word in options.rest:
            self._take_word(word)

    def _take(self, letter: str, value: str | None) -> None:
        if letter in _FLAGS:
            for name, flag in _FLAGS[letter].items():
                setattr(self, name, flag)
        elif letter == "s":
            self._take_scope(value)
        else:
            _VALUES[letter](self, value or "")

    def _take_scope(self, value: str | None) -> None:
        if self.tool.name == "pcp_promote_node":
            self.is_switchover = True
        elif self.tool.name not in _SCOPED or value is None:
            raise _Refused(self._invalid(value))
        elif value not in _SCOPES:
            words = 'must be either "cluster" or "local" '
            raise _Refused(f'{self.tool.name}: Invalid command scope "{value}", {words}')
        else:
            self.scope = _SCOPES[value]

    def _take_mode(self, value: str) -> None:
        if self.tool.name != "pcp_stop_pgpool":
            raise _Refused(self._invalid(value))
        if value not in _MODES:
            words = 'must be either "smart" "immediate" or "fast" '
            raise _Refused(f'{self.tool.name}: Invalid shutdown mode "{value}", {words}')
        self.mode = _MODES[value]

    def _invalid(self, value: str | None) -> str:
        shown = "(null)" if value is None else value
        return f'Invalid argument "{shown}", Try "{self.tool.name} --help" for more information.'

    def _take_host(self, value: str) -> None:
        self.host = value

    def _take_username(self, value: str) -> None:
        self.username = value

    def _take_port(self, value: str) -> None:
        port = _number(value)
        if not 1024 < port < 65536:
            raise _Refused(f'{self.tool.name}: Invalid port number "{value}", must be between 1024 and 65535')
        self.port = port

    def _take_node(self, value: str, shown: str | None = None) -> None:
        self.node = _number(value)
        shown = value if shown is None else shown
        if self.tool.takes == WATCHDOG:
            if self.node < 0:
                local = "a local" if shown == value else "local"
                raise _Refused(
                    f'{self.tool.name}: Invalid watchdog-id "{shown}", '
                    f"must be a positive number or zero for {local} watchdog node"
                )
        elif not 0 <= self.node <= MAX_NODE_ID:
            raise _Refused(f'{self.tool.name}: Invalid node-id "{shown}", must be between 0 and {MAX_NODE_ID}')

    def _take_process(self, value: str, shown: str | None = None) -> None:
        self.process = _number(value)
        if self.process <= 0:
            shown = value if shown is None else shown
            raise _Refused(f'{self.tool.name}: Invalid process-id "{shown}", must be greater than 0')

    def _take_word(self, word: str) -> None:
        """A word without an option. Their messages show no value there: they print a null pointer."""
        try:
            if self.tool.takes == PROCESS and self.process is None:
                self._take_process(word, "(null)")
            elif self.tool.takes in (NODE, WATCHDOG) and self.node is None:
                self._take_node(word, "(null)")
            else:
                self.warnings.append(f'{self.tool.name}: Warning: extra command-line argument "{word}" ignored')
        except _Refused as refused:
            raise Complaint("\n".join([*self.warnings, str(refused)])) from None


class _Refused(Exception):
    """A value that is wrong, with the whole text to print."""


_FLAGS: dict[str, dict[str, bool]] = {
    "v": {"is_verbose": True},
    "d": {"is_debug": True},
    "a": {"wants_all": True},
    "g": {"is_graceful": True},
    "w": {"never_asks": True, "asks_password": False},
    "W": {"asks_password": True, "never_asks": False},
}
_VALUES: dict[str, Callable[[Arguments, str], None]] = {
    "h": Arguments._take_host,
    "p": Arguments._take_port,
    "U": Arguments._take_username,
    "n": Arguments._take_node,
    "P": Arguments._take_process,
    "m": Arguments._take_mode,
}


def _number(text: str) -> int:
    """The number, or -1 for what is none."""
    try:
        return int(text) if text.isascii() and "_" not in text else -1
    except ValueError:
        return -1
