"""The tools and what each of them takes (pcp_frontend_client.c, ``AllAppTypes`` and ``usage``; 4.6 for the newest)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pypcp_cli.dropin.getopt_long import Long

# All tools share one list of long options; what is not their own they ignore or call an invalid argument.
LONG: Sequence[Long] = (
    ("help", False, "?"),
    ("debug", False, "d"),
    ("version", False, "V"),
    ("host", True, "h"),
    ("port", True, "p"),
    ("process-id", True, "P"),
    ("username", True, "U"),
    ("no-password", False, "w"),
    ("password", False, "W"),
    ("mode", True, "m"),
    ("scope", True, "s"),
    ("gracefully", False, "g"),
    ("switchover", False, "s"),
    ("verbose", False, "v"),
    ("all", False, "a"),
    ("node-id", True, "n"),
    ("watchdog-id", True, "n"),
)

NODE, PROCESS, WATCHDOG = "node-id", "process-id", "watchdog-id"


class Tool:
    """A tool: its own short options, the word it takes without an option (and whether it must have it), its purpose."""

    __slots__ = ("must", "name", "own", "purpose", "takes")

    def __init__(self, name: str, own: str, purpose: str, takes: str = "", *, must: bool = False) -> None:
        self.name, self.own, self.purpose, self.takes, self.must = name, own, purpose, takes, must

    @property
    def short(self) -> str:
        """The short options, as getopt has them."""
        return "h:p:U:wWvd" + self.own

    def usage(self) -> str:
        """What --help prints."""
        word = f"[{self.takes}]" if self.takes and (self.must or self.takes != NODE) else ""
        lines = [f"{self.name} - {self.purpose}", "Usage:", f"{self.name} [OPTION...] {word}", "Options:", *_COMMON]
        letters = [letter for letter in _OWN_HELP if letter in self.own]
        lines += [line for letter in letters for line in _own_help(letter, self)]
        return "\n".join([*lines, *_LAST, "", ""])


TOOLS = {
    tool.name: tool
    for tool in (
        Tool("pcp_attach_node", "n:", "attach a node from pgpool-II", NODE, must=True),
        Tool("pcp_detach_node", "n:g", "detach a node from pgpool-II", NODE, must=True),
        Tool("pcp_health_check_stats", "n:", "display a pgpool-II health check stats data", NODE, must=True),
        Tool("pcp_invalidate_query_cache", "s:", "invalidate query cache"),
        Tool("pcp_log_rotate", "s:", "rotate the Pgpool-II's log file"),
        Tool("pcp_node_count", "", "display the total number of nodes under pgpool-II's control"),
        Tool("pcp_node_info", "n:a", "display a pgpool-II node's information", NODE),
        Tool("pcp_pool_status", "", "display pgpool configuration and status"),
        Tool("pcp_proc_count", "", "display the list of pgpool-II child process PIDs"),
        Tool("pcp_proc_info", "P:a", "display a pgpool-II child process' information", PROCESS),
        Tool("pcp_promote_node", "n:gs", "promote a node as new main from pgpool-II", NODE, must=True),
        Tool("pcp_recovery_node", "n:", "recover a node", NODE, must=True),
        Tool("pcp_reload_config", "s:", "reload a pgpool-II config file"),
        Tool("pcp_stop_pgpool", "m:s:a", "terminate pgpool-II"),
        Tool("pcp_watchdog_info", "n:", "display a pgpool-II watchdog's information", WATCHDOG),
    )
}

_COMMON = (
    "  -U, --username=NAME    username for PCP authentication",
    "  -h, --host=HOSTNAME    pgpool-II host",
    "  -p, --port=PORT        PCP port number",
    "  -w, --no-password      never prompt for password",
    "  -W, --password         force password prompt (should happen automatically)",
)
_LAST = (
    "  -d, --debug            enable debug message (optional)",
    "  -v, --verbose          output verbose messages",
    "  -?, --help             print this help",
)
_OWN_HELP = {
    "m": ('  -m, --mode=MODE        MODE can be "smart", "fast", or "immediate"',),
    "n": ("  -n, --node-id=NODEID   ID of a backend node",),
    "g": ("  -g, --gracefully       promote gracefully (optional)",),
    "P": ("  -P, --process-id=PID   PID of the child process to get information for (optional)",),
    "s": (
        '  -s, --scope=SCOPE      SCOPE can be "cluster", or "local"',
        "                         cluster scope do operations on all Pgpool-II nodes",
        "                         part of the watchdog cluster",
    ),
    "a": ("  -a, --all              display all backend nodes information",),
}
_OWN_HELP_OF = {
    ("pcp_promote_node", "s"): ("  -s, --switchover       switchover primary to specified node (optional)",),
    ("pcp_proc_info", "a"): (
        "  -a, --all              display all child processes and their available connection slots",
    ),
    ("pcp_stop_pgpool", "a"): (),
    ("pcp_watchdog_info", "n"): (
        "  -n, --watchdog-id=ID   ID of a other pgpool to get information for",
        "                         ID 0 for the local watchdog",
        "                         If omitted then get information of all watchdog nodes",
    ),
}


def _own_help(letter: str, tool: Tool) -> Sequence[str]:
    return _OWN_HELP_OF.get((tool.name, letter), _OWN_HELP[letter])
