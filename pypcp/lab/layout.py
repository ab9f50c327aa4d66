"""Where everything of a lab is, and on which addresses; known before anything is made."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from pypcp.errors import OperationFailed, WrongUsage

MAX_NODES = 16
PGPOOL_HOST = "127.0.0.1"
RECORD = "lab.json"
# sockaddr_un.sun_path has 108 bytes with its NUL on Linux; the longest name in it is PostgreSQL's, with its lock file.
MAX_SOCKET_PATH = 107
# The path stands in pgpool.conf, in postgresql.conf, in connection strings and in a shell script. What none of them
# takes for anything else is allowed, blanks among it; the rest would be quoted four ways for no use.
FORBIDDEN = re.compile(r"[\x00-\x1f\x7f'\"\\$`%,;|&<>*?\[\]{}()!#~]")


@dataclass(frozen=True)
class LabNode:
    """One PostgreSQL of the lab: ``directory`` holds its data directory, its log and its socket."""

    id: int
    host: str
    port: int
    directory: Path

    @property
    def name(self) -> str:
        """Its ``cluster_name``, and so its ``application_name`` in ``pg_stat_replication``."""
        return f"node{self.id}"

    @property
    def data(self) -> Path:
        """The data directory, ``backend_data_directoryN`` in pgpool.conf."""
        return self.directory / "data"

    @property
    def log(self) -> Path:
        """What the server writes."""
        return self.directory / "log"


@dataclass(frozen=True)
class Lab:
    """A lab: its directory, how many nodes, its ports, and the name of its cluster profile.

    Nodes are 127.0.0.2, 127.0.0.3, ..., each with the same port, as hosts would be; pgpool is 127.0.0.1. No default
    is a port that PostgreSQL or pgpool use by themselves, so that a lab is not taken for the real thing.
    Raises WrongUsage for what cannot be.
    """

    directory: Path
    nodes: int = 2
    port: int = 19999
    pcp_port: int = 19898
    postgres_port: int = 15432
    name: str = "lab"

    def __post_init__(self) -> None:
        if not 2 <= self.nodes <= MAX_NODES:
            raise WrongUsage(f"make a lab of {self.nodes} nodes", f"it can have 2 to {MAX_NODES}")
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", self.name):
            raise WrongUsage(f"name a lab {self.name!r}", "letters, digits, dot, dash and underscore make a name")
        for port in (self.port, self.pcp_port, self.postgres_port):
            if not 1024 <= port <= 65535:
                raise WrongUsage(f"use port {port} for a lab", "an ordinary user's ports go from 1024 to 65535")
        if self.port == self.pcp_port:
            raise WrongUsage(f"use port {self.port} for a lab", "pgpool needs one for SQL and another one for PCP")
        self._check_directory()

    def _check_directory(self) -> None:
        tried = f"make a lab in {str(self.directory)!r}"
        if not self.directory.is_absolute():
            raise WrongUsage(tried, "the path must be absolute")
        if found := FORBIDDEN.search(str(self.directory)):
            raise WrongUsage(tried, f"the path has the character {found.group()!r}, which its servers could misread")
        longest = max(
            len(os.fsencode(path))
            for path in (self.pcp_socket, self.node(self.nodes - 1).directory / ".s.PGSQL.65535.lock")
        )
        if longest > MAX_SOCKET_PATH:
            raise WrongUsage(tried, f"the path is {longest - MAX_SOCKET_PATH} bytes too long for the servers' sockets")

    def node(self, node_id: int) -> LabNode:
        """The node of that id, whether it exists yet or not."""
        return LabNode(node_id, f"127.0.0.{node_id + 2}", self.postgres_port, self.directory / f"node{node_id}")

    @property
    def all_nodes(self) -> list[LabNode]:
        """Every node, by id."""
        return [self.node(node_id) for node_id in range(self.nodes)]

    @property
    def pgpool(self) -> Path:
        """pgpool's files: configuration, log, status, sockets."""
        return self.directory / "pgpool"

    @property
    def pcp_socket(self) -> Path:
        """PCP's Unix socket."""
        return self.pgpool / f".s.PGSQL.{self.pcp_port}"

    @property
    def pgpass(self) -> Path:
        """The passwords of PostgreSQL's users, for libpq."""
        return self.directory / "pgpass"

    @property
    def pcppass(self) -> Path:
        """The password of PCP's user."""
        return self.directory / "pcppass"

    @property
    def record(self) -> Path:
        """The file that makes a directory a lab, and says which."""
        return self.directory / RECORD

    @property
    def kept(self) -> Path:
        """The ids of the nodes that ran when the lab was stopped to be started again; absent while it runs."""
        return self.directory / "kept"

    def as_json(self) -> str:
        """What :func:`load` reads."""
        fields = dataclasses.asdict(self)
        del fields["directory"]  # where the file is, so is the lab
        return json.dumps(fields, indent=2) + "\n"


def load(directory: Path) -> Lab | None:
    """The lab in that directory, or None if there is none. Raises OperationFailed when its record cannot be read."""
    record = directory / RECORD
    try:
        if record.stat().st_uid != os.geteuid():
            owner = record.owner()
            raise OperationFailed(f"work on the lab in {directory}", f"it belongs to {owner}", f"Do it as {owner}.")
        fields = json.loads(record.read_text())
        return Lab(directory, **fields)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, TypeError) as error:
        raise OperationFailed(
            f"read {record}", str(error), f"If this is a lab of yours, see what is in {directory}."
        ) from error
