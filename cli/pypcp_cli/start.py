"""Where the program `pypcp` begins.

`pypcp node-count` is what monitoring calls every few seconds to see whether pgpool lives, and click takes longer to
import than all the rest takes to run. So where it is called with nothing but the usual options, these are read here.
Whatever is not understood here, a mistake too, is left to click, which knows how to speak of it.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pypcp_cli.pgpool import Pgpool
    from pypcp_cli.render import Output

# The options of pypcp_cli.options that are read here; a test sees that both read them alike.
VALUES = {
    "-h": "host",
    "--host": "host",
    "-p": "port",
    "--port": "port",
    "-U": "username",
    "--username": "username",
    "--timeout": "timeout",
}
FLAGS = {
    "-w": ("prompt", "never"),
    "--no-password": ("prompt", "never"),
    "-W": ("prompt", "always"),
    "--password": ("prompt", "always"),
    "-d": ("debug", "yes"),
    "--debug": ("debug", "yes"),
    "--json": ("format", "json"),
}
ENVIRONMENT = {"PYPCP_HOST": "host", "PYPCP_PORT": "port", "PYPCP_USERNAME": "username"}


def main() -> int:
    """The program. Returns its exit code."""
    options = read(sys.argv[1:])
    if options is None:
        from pypcp_cli.main import main as whole_program

        return whole_program()
    return _count(options)


def read(arguments: Sequence[str]) -> dict[str, str] | None:
    """The options of a plain `node-count`; None for anything else."""
    if arguments[:1] != ["node-count"] or os.environ.get("PYPCP_CLUSTER"):
        return None
    found = {name: os.environ[variable] for variable, name in ENVIRONMENT.items() if os.environ.get(variable)}
    rest = iter(arguments[1:])
    for argument in rest:
        if argument in FLAGS:
            name, value = FLAGS[argument]
        elif argument in VALUES:
            name, value = VALUES[argument], next(rest, "")
        else:
            return None
        if not value:
            return None
        found[name] = value
    return found if _is_number(found.get("port", "1"), 65535) and _is_number(found.get("timeout", "1"), 86400) else None


def _is_number(text: str, most: int) -> bool:
    return text.isascii() and text.isdecimal() and 0 < int(text) <= most


def _count(options: dict[str, str]) -> int:
    from pypcp_cli.console import Console
    from pypcp_cli.outcome import outcome
    from pypcp_cli.pgpool import Pgpool
    from pypcp_cli.render import Output

    console = Console()
    console.debug = "debug" in options

    def work() -> None:
        timeout = options.get("timeout")
        pgpool = Pgpool(
            console,
            options.get("host"),
            int(options["port"]) if "port" in options else None,
            options.get("username"),
            options.get("prompt"),
            float(timeout) if timeout else None,
        )
        console.pgpool = pgpool
        print_node_count(pgpool, Output(options.get("format", "table"), console))

    return outcome(console, work)


def print_node_count(pgpool: Pgpool, output: Output) -> None:
    """What `pypcp node-count` does."""
    count = pgpool.client().node_count()
    output.document({"node_count": count}, text=lambda: f"{count}\n")


if __name__ == "__main__":
    sys.exit(main())
