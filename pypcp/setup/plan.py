"""What is to be done: files to write, SQL to run, pgpools to reload or to start; and what is only told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pypcp.setup.differences import Difference
from pypcp.setup.files import Wanted
from pypcp.setup.roles import Statement


@dataclass(frozen=True)
class Write:
    """A file to write on a host; ``text`` is all that it shall hold."""

    host: str
    file: Wanted
    text: str = field(repr=False)
    is_new: bool
    differences: tuple[Difference, ...]

    @property
    def title(self) -> str:
        """In words."""
        if self.is_new:
            return f"write {self.file.path}, which is new"
        if not self.differences:
            return f"give {self.file.path} to {self.file.owner} with mode {self.file.mode:04o}"
        return f"change {self.file.path}"


@dataclass(frozen=True)
class Plan:
    """``restarts`` are the settings, by host, that a running pgpool takes only when it is started again.

    ``is_restart`` says that this is to be done, ``at_once`` on all hosts: those with new settings of the watchdog and
    those with old ones would be two clusters with one address.
    ``stopped`` are hosts on which pgpool does not run, ``starts`` those of them on which it is to be started;
    ``fresh`` are those on which it shall forget its old status file: it knew other nodes, and these all stream.
    """

    pair: str
    primary: str
    writes: tuple[Write, ...]
    statements: tuple[Statement, ...]
    reloads: tuple[str, ...]
    restarts: tuple[tuple[str, tuple[str, ...]], ...]
    stopped: tuple[str, ...]
    starts: tuple[str, ...]
    fresh: frozenset[str]
    is_restart: bool = False
    at_once: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be done."""
        return not (self.writes or self.statements or self.reloads or self.starts or self.restarted)

    @property
    def restarted(self) -> tuple[str, ...]:
        """The hosts on which pgpool is stopped and started."""
        return tuple(host for host, _ in self.restarts) if self.is_restart else ()

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts on which files are written."""
        return tuple(dict.fromkeys(write.host for write in self.writes))

    def lines(self) -> list[str]:
        """The plan for people, without secrets."""
        lines = [f"On {self.primary}, in PostgreSQL:"] if self.statements else []
        lines += [f"  {each.database}: {each.shown}" for each in self.statements]
        for host in dict.fromkeys([*self.hosts, *self.reloads, *self.restarted, *self.starts]):
            lines.append(f"On {host}:")
            lines += [f"  {write.title}" for write in self.writes if write.host == host]
            lines += ["  reload pgpool"] if host in self.reloads and host not in self.restarted else []
            lines += ["  stop pgpool, which ends its sessions, and start it"] if host in self.restarted else []
            lines += ["  start pgpool"] if host in self.starts else []
        return [*lines, *self.notes()]

    def notes(self) -> list[str]:
        """What is left to the operator."""
        waiting = [] if self.is_restart else self.restarts
        notes = [f"{host}: pgpool has to be started again for {', '.join(names)}" for host, names in waiting]
        left = [host for host in self.stopped if host not in self.starts]
        return notes + [f"{host}: pgpool does not run; --start starts it" for host in left]

    def document(self) -> dict[str, Any]:
        """The plan for programs, without secrets."""
        return {
            "pair": self.pair,
            "primary": self.primary,
            "sql": [{"database": each.database, "statement": each.shown} for each in self.statements],
            "writes": [
                {
                    "host": write.host,
                    "path": write.file.path,
                    "owner": write.file.owner,
                    "mode": f"{write.file.mode:04o}",
                    "new": write.is_new,
                    "differences": [each._asdict() for each in write.differences],
                }
                for write in self.writes
            ],
            "reloads": list(self.reloads),
            "restarts_needed": {host: list(names) for host, names in self.restarts},
            "restarts": list(self.restarted),
            "starts": list(self.starts),
            "stopped": list(self.stopped),
        }
