"""pgpool on a host: its files, its start and stop, and what pgpool's own PCP tool says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.hosts.lab import accounts
from tests.hosts.lab.host import Host
from tests.hosts.lab.postgres import BIN, DATA, PORT
from tests.hosts.lab.waiting import eventually

ETC = Path("/etc/pgpool2")
POOL_PORT = 9999
PCP_PORT = 9898
LOG = "/var/log/postgresql/pgpool.log"

_CONF = f"""\
backend_clustering_mode = 'streaming_replication'
listen_addresses = '*'
port = {POOL_PORT}
socket_dir = '/run/postgresql'
pcp_listen_addresses = '*'
pcp_port = {PCP_PORT}
pcp_socket_dir = '/run/postgresql'
pid_file_name = '/run/postgresql/pgpool.pid'
logdir = '/var/log/postgresql'
log_line_prefix = '%m: %a pid %p: '
num_init_children = 8
max_pool = 2
enable_pool_hba = on
pool_passwd = 'pool_passwd'
connect_timeout = 1000
health_check_period = 1
health_check_timeout = 2
health_check_user = 'pgpool'
health_check_database = 'postgres'
health_check_max_retries = 2
health_check_retry_delay = 1
sr_check_period = 1
sr_check_user = 'pgpool'
sr_check_database = 'postgres'
search_primary_node_timeout = 3
failover_command = '/etc/pgpool2/failover.sh %d %P %H'
"""
_POOL_HBA = """\
local  all  all             scram-sha-256
host   all  all  0.0.0.0/0  scram-sha-256
"""
# As the guides have it: promote the new main node, but only when it is the primary that failed.
_FAILOVER = f"""\
#!/bin/bash
failed_node=$1 old_primary=$2 new_main_host=$3
if [[ -z $new_main_host || ( $old_primary != -1 && $failed_node != "$old_primary" ) ]]; then
  exit 0
fi
exec ssh -T -o BatchMode=yes -o ConnectTimeout=5 "postgres@$new_main_host" {BIN}/pg_ctl --pgdata {DATA} --wait promote
"""


@dataclass(frozen=True)
class NodeLine:
    """One node as ``pcp_node_info`` 4.3 prints it."""

    hostname: str
    status: str
    pg_status: str
    role: str
    pg_role: str


class Pgpool:
    """The pgpool of one host, in front of ``backends``; it runs as ``user``."""

    def __init__(self, host: Host, backends: Sequence[Host], user: str = "postgres") -> None:
        self.host, self.backends, self.user = host, backends, user

    def install(self, extra: str = "") -> None:
        """Write its files; ``extra`` lines are added to pgpool.conf."""
        nodes = "".join(_backend(number, node) for number, node in enumerate(self.backends))
        files = {
            "pgpool.conf": _CONF + nodes + extra,
            "pcp.conf": accounts.pcp_conf(),
            "pool_passwd": accounts.pool_passwd(),
            "pool_hba.conf": _POOL_HBA,
        }
        for file, text in files.items():
            self.host.write(f"/etc/pgpool2/{file}", text, "postgres", 0o600)
        self.host.write("/etc/pgpool2/failover.sh", _FAILOVER, "postgres", 0o755)

    def unpack(self) -> None:
        """What Debian's package puts into /etc/pgpool2."""
        for file in ("pgpool.conf", "pool_hba.conf", "pcp.conf"):
            sample = next(path for path in (Path("/usr/share/pgpool2") / file, ETC / file) if path.exists())
            self.host.write(f"/etc/pgpool2/{file}", sample.read_text())
        self.host.write("/etc/pgpool2/pool_passwd", "")

    def start(self) -> None:
        """Start it in the background, with its log in a file."""
        pgpool = f"exec pgpool -n -f /etc/pgpool2/pgpool.conf -F /etc/pgpool2/pcp.conf >>{LOG} 2>&1"
        self.host.run(["setsid", "--fork", "bash", "-c", pgpool], user=self.user)

    def stop(self) -> None:
        """Stop it and wait for its end."""
        files = ["-f", "/etc/pgpool2/pgpool.conf", "-F", "/etc/pgpool2/pcp.conf"]
        self.host.run(["pgpool", *files, "-m", "fast", "stop"], user=self.user)

    def nodes(self) -> list[NodeLine]:
        """The nodes as the C tool ``pcp_node_info`` tells them; empty while pgpool does not answer."""
        ask = ["pcp_node_info", "-h", "localhost", "-p", str(PCP_PORT), "-U", "pgpool", "-w"]
        done = self.host.run(ask, check=False)
        return [_node_line(line) for line in done.stdout.splitlines()]

    def wait_for(self, *roles: str, within: float = 60) -> None:
        """Wait until the nodes' roles and states are these, as in ``"primary up", "standby down"``.

        ``waiting`` counts as ``up``: it is what pgpool calls a healthy node before its first client.
        """
        wanted = list(roles)
        eventually(lambda: self.summary() == wanted, within, f"pgpool on {self.host.name}: {wanted}")

    def summary(self) -> list[str]:
        return [f"{node.role} {'up' if node.status == 'waiting' else node.status}" for node in self.nodes()]

    def log(self) -> str:
        file = self.host.path(LOG)
        return file.read_text() if file.exists() else ""


def _backend(number: int, host: Host) -> str:
    settings = {
        "hostname": f"'{host.name}'",
        "port": str(PORT),
        "weight": "1",
        "data_directory": f"'{DATA}'",
        "flag": "'ALLOW_TO_FAILOVER'",
        "application_name": f"'{host.port}'",
    }
    return "".join(f"backend_{name}{number} = {value}\n" for name, value in settings.items())


def _node_line(line: str) -> NodeLine:
    words = line.split()
    # hostname port status weight status-name pg-status role pg-role delay ...
    return NodeLine(words[0], words[4], words[5], words[6], words[7])
