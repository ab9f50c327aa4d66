"""What a command that pgpool calls tells: on stderr, which is pgpool's log, and in a file of its own."""

from __future__ import annotations

from datetime import datetime, timezone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pypcp_cli.console import Console


class Log:
    """Lines of one command; in the file, which is optional, with the time."""

    def __init__(self, console: Console, command: str, path: str | None) -> None:
        self._console, self._command, self._path = console, command, path

    def say(self, line: str) -> None:
        """Tell it in both places."""
        self._console.say(f"pypcp {self._command}: {line}")
        self.keep(line)

    def keep(self, line: str) -> None:
        """Write it into the file only. One that cannot be written keeps no failover from going on."""
        from pypcp_cli.console import visible_line

        if not self._path:
            return
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        try:
            with open(self._path, "a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(f"{now} pypcp {self._command}: {visible_line(line)}\n")
        except OSError as why:
            self._console.say(f"pypcp {self._command}: cannot write {self._path}: {why.strerror}")
            self._path = None
