"""PostgreSQL on the hosts: a cluster made once, copied to each host, and run there."""

from __future__ import annotations

import signal
import subprocess
from enum import Enum
from pathlib import Path

from tests.hosts.lab.accounts import ROLES
from tests.hosts.lab.host import CommandFailed, Host
from tests.hosts.lab.machine import postgres_bin
from tests.hosts.lab.rack import ROOM, Rack
from tests.hosts.lab.waiting import eventually

BIN = postgres_bin() or Path("/usr/lib/postgresql/missing/bin")
MAJOR = BIN.parent.name
DATA = f"/var/lib/postgresql/{MAJOR}/main"
ETC = f"/etc/postgresql/{MAJOR}/main"
LOG = f"/var/log/postgresql/postgresql-{MAJOR}-main.log"
PORT = 5432

_TEMPLATE = f"{ROOM}/template"
_HBA = """\
# pg_hba.conf of {name}
local   all          postgres                    peer
local   all          all                         scram-sha-256
host    all          all          0.0.0.0/0      scram-sha-256
host    replication  repl         0.0.0.0/0      scram-sha-256
"""
_SETTINGS = """\
# postgresql.conf of {name}
listen_addresses = '*'
port = {port}
unix_socket_directories = '/run/postgresql'
cluster_name = '{cluster}'
wal_level = replica
wal_log_hints = on
hot_standby = on
max_wal_senders = 10
max_replication_slots = 10
log_line_prefix = '%m [%p] %q%u@%d '
"""
_DEBIAN_SETTINGS = """\
data_directory = '{data}'
hba_file = '{etc}/pg_hba.conf'
ident_file = '{etc}/pg_ident.conf'
external_pid_file = '/run/postgresql/{major}-main.pid'
"""


class Layout(Enum):
    """Where the configuration lies and what starts the server."""

    PLAIN = "configuration in the data directory, pg_ctl"
    DEBIAN = "configuration in /etc/postgresql, pg_ctlcluster"


class Template:
    """The cluster that every host starts from, with its roles and the database ``app``, shut down."""

    def __init__(self) -> None:
        self._rack = Rack()
        self._rack.run("install", "--directory", "--owner=postgres", "--mode=700", _TEMPLATE)
        initdb = [f"{BIN}/initdb", "--locale=C.UTF-8", "--auth-local=peer", "--auth-host=scram-sha-256", "--no-sync"]
        self._rack.run(*_AS_POSTGRES, *initdb, "--pgdata", _TEMPLATE)
        statements = [
            f"ALTER ROLE postgres PASSWORD '{ROLES['postgres']}'",
            f"CREATE ROLE repl REPLICATION LOGIN PASSWORD '{ROLES['repl']}'",
            f"CREATE ROLE pgpool LOGIN PASSWORD '{ROLES['pgpool']}' IN ROLE pg_monitor",
            f"CREATE ROLE app LOGIN PASSWORD '{ROLES['app']}'",
            "CREATE DATABASE app OWNER app",
        ]
        hints = "wal_log_hints=on"  # from the start: it tells in the WAL when it was switched on later
        single_user = [f"{BIN}/postgres", "--single", "-c", hints, "-D", _TEMPLATE, "postgres"]
        self._rack.run(*_AS_POSTGRES, *single_user, stdin="\n".join(statements) + "\n")

    def copy_to(self, directory: Path) -> None:
        subprocess.run(["cp", "--archive", self._rack.room / "template", directory], check=True)

    def close(self) -> None:
        self._rack.close()


_AS_POSTGRES = ("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--")


class Instance:
    """The PostgreSQL of one host. ``settings`` are lines at the end of its postgresql.conf."""

    def __init__(self, host: Host, layout: Layout = Layout.PLAIN, settings: str = "") -> None:
        self.host, self.layout, self.settings = host, layout, settings
        self.etc = DATA if layout is Layout.PLAIN else ETC

    def install(self, template: Template, follow: Host | None = None) -> None:
        """Copy the template here; as a standby of the instance on ``follow`` when that is given."""
        self.host.make(DATA.rpartition("/")[0], "postgres")
        template.copy_to(self.host.path(DATA))
        self._configure()
        if follow:
            conninfo = f"user=repl passfile=/var/lib/postgresql/.pgpass host={follow.name} port={PORT}"
            self._append("postgresql.auto.conf", f"primary_conninfo = '{conninfo} application_name={self.host.port}'\n")
            self.host.write(f"{DATA}/standby.signal", "", "postgres", 0o600)

    def _configure(self) -> None:
        name = self.host.name
        settings = _SETTINGS.format(name=name, port=PORT, cluster=self.host.port)
        if self.layout is Layout.DEBIAN:
            settings += _DEBIAN_SETTINGS.format(data=DATA, etc=ETC, major=MAJOR)
            for file in ("postgresql.conf", "pg_hba.conf", "pg_ident.conf"):
                self.host.path(f"{DATA}/{file}").unlink()
            self.host.make(ETC, "postgres")
            self.host.write(f"{ETC}/start.conf", "manual\n", "postgres")
        self.host.write(f"{self.etc}/postgresql.conf", settings + self.settings, "postgres", 0o600)
        self.host.write(f"{self.etc}/pg_hba.conf", _HBA.format(name=name), "postgres", 0o600)
        self.host.write(f"{self.etc}/pg_ident.conf", f"# pg_ident.conf of {name}\n", "postgres", 0o600)

    def _append(self, file: str, text: str) -> None:
        with self.host.path(f"{DATA}/{file}").open("a") as opened:
            opened.write(text)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        if self.layout is Layout.DEBIAN:
            self.host.run(["pg_ctlcluster", MAJOR, "main", "start"], user="postgres")
        else:
            self._pg_ctl("start", "--log", LOG)

    def stop(self, mode: str = "fast") -> None:
        """Stop the server and wait for its end."""
        self._pg_ctl("stop", "--mode", mode)

    def set(self, name: str, value: str, restart: bool = False) -> None:
        """Set a parameter in its configuration, and make it count."""
        with self.host.path(f"{self.etc}/postgresql.conf").open("a") as file:
            file.write(f"{name} = {value}\n")
        self._pg_ctl("restart" if restart else "reload", *(["--log", LOG] if restart else []))

    def promote(self) -> None:
        self._pg_ctl("promote")

    def _pg_ctl(self, *words: str) -> None:
        self.host.run([f"{BIN}/pg_ctl", "--pgdata", DATA, "--wait", *words], user="postgres")

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the postmaster alone: its children live on, as after a real kill -9."""
        self.host.kill(self.postmaster, number)

    def kill(self) -> None:
        """kill -9 the postmaster and wait until its children have noticed."""
        self.send(signal.SIGKILL)
        eventually(lambda: not self.processes(), within=30, what=f"no postgres process on {self.host.name}")

    def freeze(self, number: signal.Signals = signal.SIGSTOP) -> None:
        """Stop every process of the server where it stands; ``thaw`` lets them go on."""
        self.host.run(["kill", f"-{int(number)}", *self.processes()])

    def thaw(self) -> None:
        self.freeze(signal.SIGCONT)

    def processes(self) -> list[str]:
        """The numbers, on the host, of the server's processes."""
        return self.host.run(["pgrep", "--uid", "postgres", "--exact", "postgres"], check=False).stdout.split()

    @property
    def postmaster(self) -> int:
        """The postmaster's number on the host."""
        return int(self.host.path(f"{DATA}/postmaster.pid").read_text().splitlines()[0])

    def sql(self, query: str, database: str = "postgres") -> str:
        """What psql prints for a query, run as the superuser over the host's own socket."""
        psql = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-p", str(PORT), "-d", database, "-c", query]
        return self.host.run(psql, user="postgres").stdout.strip()

    def answers(self, query: str) -> str:
        """As ``sql``, but empty while the server does not answer."""
        try:
            return self.sql(query) if self.host.is_on else ""
        except CommandFailed:
            return ""

    def is_primary(self) -> bool:
        return self.answers("SELECT pg_is_in_recovery()") == "f"

    def standbys(self) -> list[str]:
        """The addresses that stream from this instance."""
        query = "SELECT host(client_addr) FROM pg_stat_replication WHERE state = 'streaming' ORDER BY 1"
        return self.answers(query).split()

    def log(self) -> str:
        file = self.host.path(LOG)
        return file.read_text() if file.exists() else ""
