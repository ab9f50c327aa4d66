"""The lab's pgpool: its configuration, its failover scripts; started, stopped."""

from __future__ import annotations

import hashlib
import signal
from pathlib import Path

from pypcp.errors import OperationFailed, PypcpError
from pypcp.lab.files import make_directory, write
from pypcp.lab.layout import PGPOOL_HOST, Lab, LabNode
from pypcp.lab.passwords import PGPOOL_USER, SUPERUSER, Passwords
from pypcp.lab.postgres import last_words, primary_conninfo
from pypcp.lab.processes import Runner, wait_until

HBA = """\
# TYPE  DATABASE  USER  ADDRESS      METHOD
local   all       all                scram-sha-256
host    all       all   127.0.0.0/8  scram-sha-256
"""
# Fast: sessions are cut off (main.c, `stop_sig`); then at once; then as a crash.
READY_WITHIN = 20.0  # seconds, for a busy machine; it takes a fraction of one
STOP = ((signal.SIGINT, 15.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))


def configure(runner: Runner, lab: Lab, passwords: Passwords, pgpool_version: tuple[int, int]) -> None:
    """Make pgpool's directory with all its files."""
    make_directory(lab.pgpool, runner.user)
    pcp_conf = f"{PGPOOL_USER}:{hashlib.md5(passwords.pcp.encode()).hexdigest()}\n"
    for name, text, mode in (
        ("pgpool.conf", settings(lab, pgpool_version), 0o600),
        ("pcp.conf", pcp_conf, 0o600),
        ("pool_hba.conf", HBA, 0o600),
        ("pool_passwd", passwords.pool_passwd(), 0o600),
        ("failover", failover_script(runner, lab), 0o700),
        ("follow_primary", follow_primary_script(runner, lab), 0o700),
    ):
        write(lab.pgpool / name, text, runner.user, mode)


def settings(lab: Lab, pgpool_version: tuple[int, int] = (4, 3)) -> str:
    """pgpool.conf, in the words of that pgpool (4.1 and later)."""
    return "# Written by `pypcp lab up`.\n" + _general(lab, pgpool_version) + "".join(map(_backend, lab.all_nodes))


def _backend(node: LabNode) -> str:
    return f"""
backend_hostname{node.id} = '{node.host}'
backend_port{node.id} = {node.port}
backend_weight{node.id} = 1
backend_data_directory{node.id} = '{node.data}'
backend_flag{node.id} = 'ALLOW_TO_FAILOVER'
backend_application_name{node.id} = '{node.name}'
"""


def _general(lab: Lab, version: tuple[int, int]) -> str:
    mode = "backend_clustering_mode = 'streaming_replication'"
    if version < (4, 2):
        mode = "master_slave_mode = on\nmaster_slave_sub_mode = 'stream'"
    sockets = "unix_socket_directories" if version >= (4, 4) else "socket_dir"
    follow = "follow_primary_command" if version >= (4, 2) else "follow_master_command"
    # Where only two are, the one that is left has nobody to follow it.
    follow_command = f'"{lab.pgpool / "follow_primary"}" %d %m' if lab.nodes > 2 else ""
    return f"""\
{mode}
listen_addresses = '{PGPOOL_HOST}'
port = {lab.port}
{sockets} = '{lab.pgpool}'
pcp_listen_addresses = '{PGPOOL_HOST}'
pcp_port = {lab.pcp_port}
pcp_socket_dir = '{lab.pgpool}'
pid_file_name = '{lab.pgpool}/pgpool.pid'
logdir = '{lab.pgpool}'
num_init_children = 16
max_pool = 2
# Shared memory for its catalog cache: 64 MB and a million entries would be the default. In bytes: 4.1 knows no units.
memqcache_total_size = 1048576
memqcache_max_num_cache = 1000
memqcache_cache_block_size = 65536
memqcache_maxcache = 32768

enable_pool_hba = on
pool_passwd = 'pool_passwd'

# The streaming check finds the primary; the health check finds out that a node is gone. An empty password is looked up
# in pool_passwd.
sr_check_period = 1
sr_check_user = '{PGPOOL_USER}'
sr_check_password = ''
sr_check_database = 'postgres'
health_check_period = 1
health_check_timeout = 10
health_check_user = '{PGPOOL_USER}'
health_check_password = ''
health_check_database = 'postgres'
health_check_max_retries = 1
health_check_retry_delay = 1

# A node that comes back stays down until it is attached: pgpool cannot know that its data is right.
failover_on_backend_error = off
auto_failback = off
failover_command = '"{lab.pgpool / "failover"}" %d %P %m'
{follow} = '{follow_command}'
search_primary_node_timeout = 10
"""


def failover_script(runner: Runner, lab: Lab) -> str:
    """What pgpool runs when a node is gone. It gets ids only, so that nothing needs to be quoted."""
    return f"""\
#!/bin/sh
# Run by pgpool when a node is gone: failover FAILED-NODE OLD-PRIMARY NEW-MAIN-NODE (ids; see failover_command).
failed=$1 old_primary=$2 new_main=$3

if [ "$failed" != "$old_primary" ]; then
    echo "failover: node $failed was a standby, nothing to promote"
    exit 0
fi
if [ "$new_main" -lt 0 ]; then
    echo "failover: no node is left to promote"
    exit 1
fi
echo "failover: the primary, node $failed, is gone; promoting node $new_main"
exec '{runner.bindir}/pg_ctl' promote -w -D "{lab.directory}/node$new_main/data"
"""


def follow_primary_script(runner: Runner, lab: Lab) -> str:
    """What pgpool runs after a failover for each node but the new primary, which it has all marked down."""
    connections = "\n".join(
        f'    {node.id}) host={node.host} conninfo="{primary_conninfo(lab, node)}" ;;' for node in lab.all_nodes
    )
    return f"""\
#!/bin/sh
# Run by pgpool after a failover, for each node that is to follow: follow_primary NODE NEW-PRIMARY (ids).
node=$1 new_primary=$2
export PGHOST=127.0.0.$((node + 2)) PGPORT={lab.postgres_port} PGUSER={SUPERUSER} PGDATABASE=postgres
export PGPASSFILE='{lab.pgpass}' PCPPASSFILE='{lab.pcppass}'

ask() {{
    '{runner.bindir}/psql' -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}}

case $new_primary in
{connections}
esac

# The failed primary does not run, or is no standby: pypcp rejoin is for that one.
if [ "$(ask -c 'SELECT pg_is_in_recovery()' 2>&1)" != t ]; then
    echo "follow_primary: node $node is no running standby, left as it is"
    exit 0
fi
ask -v conninfo="$conninfo" <<'SQL' || exit 1
ALTER SYSTEM SET primary_conninfo = :'conninfo';
SELECT pg_reload_conf() \\g /dev/null
SQL
# Only a standby that streams is one: where it has more WAL than the new primary had, it never will.
tries=50
streaming="SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming' AND sender_host = '$host'"
until [ "$(ask -c "$streaming")" = 1 ]; do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ]; then
        echo "follow_primary: node $node does not stream from node $new_primary, left down"
        exit 1
    fi
    sleep 0.2
done
echo "follow_primary: node $node follows node $new_primary"
exec pcp_attach_node -h {PGPOOL_HOST} -p {lab.pcp_port} -U {PGPOOL_USER} -w -n "$node"
"""


def start(runner: Runner, lab: Lab, program: Path) -> None:
    """Start pgpool and wait until it serves a session. Raises OperationFailed with the end of its log."""
    # Left over from a pgpool that was killed, it would keep this one from starting; whoever calls knows that none runs.
    (lab.pgpool / "pgpool.pid").unlink(missing_ok=True)
    # In the foreground, and so in this directory: as a daemon it would go to "/", and could not be told from others.
    command: list[str | Path] = [program, "-n", "-f", "pgpool.conf", "-F", "pcp.conf", "-a", "pool_hba.conf"]
    process = runner.start(command, lab.pgpool, lab.pgpool / "log")
    served = wait_until(lambda: process.poll() is not None or _serves(runner, lab), READY_WITHIN)
    if not served or process.poll() is not None:
        raise OperationFailed("start pgpool", last_words(lab.pgpool / "log") or "it serves nobody")
    process.returncode = 0  # it outlives this program: nobody is to wait for it, or to complain that nobody did


def _serves(runner: Runner, lab: Lab) -> bool:
    """Whether a session through pgpool works. Until the first one pgpool calls its nodes "waiting"."""
    through = f"host={PGPOOL_HOST} port={lab.port} user={SUPERUSER} dbname=postgres passfile='{lab.pgpass}'"
    try:
        runner.run([runner.bindir / "psql", "-X", "-q", "-d", through, "-c", "SELECT 1"])
    except PypcpError:
        return False
    return True


def stop(runner: Runner, lab: Lab) -> None:
    """Stop pgpool, fast; do nothing if it does not run."""
    runner.end(lab.pgpool, STOP)
