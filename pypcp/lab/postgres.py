"""The lab's PostgreSQL nodes: made, started, stopped."""

from __future__ import annotations

import contextlib
import signal
from pathlib import Path

from pypcp.errors import PypcpError
from pypcp.lab.files import make_directory, write
from pypcp.lab.layout import Lab, LabNode
from pypcp.lab.passwords import REPLICATION_USER, SUPERUSER, Passwords
from pypcp.lab.processes import Runner
from pypcp.postgres.configfile import with_settings

HBA = """\
# TYPE  DATABASE     USER  ADDRESS      METHOD
local   all          all                peer
host    all          all   127.0.0.0/8  scram-sha-256
host    replication  repl  127.0.0.0/8  scram-sha-256
"""
FIRST_WITH_STANDBY_SIGNAL = 12
# Fast: current sessions are cut off; then without a checkpoint; then as a crash.
STOP = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0))


def settings(lab: Lab, node: LabNode, postgres_version: int) -> str:
    """The node's postgresql.conf."""
    wal_kept = "wal_keep_size = 256MB" if postgres_version >= 13 else "wal_keep_segments = 16"
    return f"""\
# Written by `pypcp lab up`. Each node has its own: a pg_rewind brings the other node's.
cluster_name = '{node.name}'
listen_addresses = '{node.host}'
port = {node.port}
unix_socket_directories = '{node.directory}'

# Replication. wal_log_hints lets a former primary be rewound; wal_keep_size keeps what it then needs.
wal_level = replica
hot_standby = on
wal_log_hints = on
{wal_kept}
max_wal_senders = {lab.nodes + 8}
wal_retrieve_retry_interval = 200ms

# Small and quick. Without fsync a killed server loses nothing; a crash of the whole machine may ruin the lab.
shared_buffers = 16MB
max_connections = 100
fsync = off
max_wal_size = 256MB
min_wal_size = 32MB
# Memory that is not left behind in /dev/shm by a server that is killed.
dynamic_shared_memory_type = mmap

password_encryption = 'scram-sha-256'
log_line_prefix = '%m [%p] '
"""


def primary_conninfo(lab: Lab, primary: LabNode) -> str:
    """How a standby reaches its primary, as a libpq connection string."""
    return f"host={primary.host} port={primary.port} user={REPLICATION_USER} passfile='{lab.pgpass}'"


def create_primary(runner: Runner, lab: Lab, node: LabNode, passwords: Passwords, postgres_version: int) -> None:
    """A new database cluster in the node's directory, started, with the lab's users in it."""
    make_directory(node.directory, runner.user)
    secret = node.directory / "initial-password"
    write(secret, passwords.superuser + "\n", runner.user)
    command = ["--auth=scram-sha-256", f"--username={SUPERUSER}", f"--pwfile={secret}", f"--pgdata={node.data}"]
    runner.run([runner.bindir / "initdb", *command, "--encoding=UTF8", "--no-locale", "--no-sync"])
    secret.unlink()
    _configure(runner, lab, node, postgres_version)
    start(runner, node)
    sql(runner, lab, node, passwords.roles(runner.user.pw_name))


def create_standby(runner: Runner, lab: Lab, node: LabNode, primary: LabNode, postgres_version: int) -> None:
    """A copy of the primary in the node's directory, started, streaming from it."""
    make_directory(node.directory, runner.user)
    source = f"{primary_conninfo(lab, primary)} application_name={node.name}"
    runner.run(
        [runner.bindir / "pg_basebackup", "-d", source, "-D", node.data, "-c", "fast", "-X", "stream", "--no-sync"]
    )
    _configure(runner, lab, node, postgres_version)
    _follow(runner, node, primary_conninfo(lab, primary), postgres_version)
    start(runner, node)


def _follow(runner: Runner, node: LabNode, conninfo: str, postgres_version: int) -> None:
    wanted = {"primary_conninfo": conninfo}
    if postgres_version < FIRST_WITH_STANDBY_SIGNAL:
        wanted = {"standby_mode": "on", **wanted, "recovery_target_timeline": "latest"}
        write(node.data / "recovery.conf", with_settings("", wanted), runner.user)
        return
    write(node.data / "postgresql.auto.conf", with_settings("", wanted), runner.user)
    write(node.data / "standby.signal", "", runner.user)


def _configure(runner: Runner, lab: Lab, node: LabNode, postgres_version: int) -> None:
    write(node.data / "postgresql.conf", settings(lab, node, postgres_version), runner.user)
    write(node.data / "pg_hba.conf", HBA, runner.user)


def start(runner: Runner, node: LabNode) -> None:
    """Start the node and wait until it accepts connections. An error has the end of the node's log."""
    try:
        runner.run([runner.bindir / "pg_ctl", "start", "-w", "-s", "-t", "60", "-D", node.data, "-l", node.log])
    except PypcpError as error:
        error.tried, error.said = f"start PostgreSQL on {node.host}:{node.port}", last_words(node.log) or error.said
        raise


def stop(runner: Runner, node: LabNode) -> None:
    """Stop the node, fast; do nothing if it does not run."""
    runner.end(node.data, STOP)
    release_memory(runner, node)


def kill(runner: Runner, node: LabNode) -> None:
    """End the node as a crash would, without a word to anybody; its children notice within seconds."""
    runner.end(node.data, [(signal.SIGKILL, 10.0)])


def release_memory(runner: Runner, node: LabNode) -> None:
    """Give back the shared memory segment that a killed server left behind; a start would, but there may be none."""
    try:
        lines = (node.data / "postmaster.pid").read_text().splitlines()
        # pidfile.h: process id, negative for a single-user server; key and id of the segment
        creator, segment = lines[0].strip().lstrip("-"), lines[6].split()[1]
        rows = [line.split() for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]]
    except (OSError, IndexError):
        return  # it was stopped in an orderly way
    # Ids are given out anew: only the segment that this very process made and nobody uses is the one.
    if any(row[1] == segment and row[4] == creator and row[6] == "0" for row in rows):
        with contextlib.suppress(PypcpError):
            runner.run(["ipcrm", "-m", segment])


def sql(runner: Runner, lab: Lab, node: LabNode, text: str) -> str:
    """What psql printed for ``text`` on that node, as the superuser: rows of fields with ``|`` between."""
    connection = f"host={node.host} port={node.port} user={SUPERUSER} dbname=postgres passfile='{lab.pgpass}'"
    psql: list[str | Path] = [runner.bindir / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", connection]
    return runner.run(psql, stdin=text).strip()


def last_words(log: Path, lines: int = 3) -> str:
    """The last lines of a log that say what went wrong, in one."""
    with contextlib.suppress(OSError):
        said = log.read_text(errors="replace").splitlines()
        telling = [line for line in said if "FATAL" in line or "ERROR" in line or "HINT" in line or "PANIC" in line]
        return " / ".join((telling or said)[-lines:])
    return ""
