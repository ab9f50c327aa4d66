"""pgpool.conf in each version's own words: the sample that comes with it, and an old file that was migrated for it."""

from __future__ import annotations

import re

import pypcp
from pypcp.lab import Lab
from pypcp.lab.cluster import Workshop
from pypcp.lab.layout import PGPOOL_HOST
from pypcp.lab.passwords import PGPOOL_USER, Passwords
from pypcp.lab.pgpool import settings
from pypcp.pgpool.conf import PgpoolConf
from pypcp.pgpool.difference import against_running
from pypcp.pgpool.migration import migrate
from pypcp.pgpool.parameters import lookup
from tests.matrix.release import Release
from tests.matrix.server import running
from tests.ports import free_ports

# In the words of 3.6 to 4.1; nobody is at the other address.
WATCHDOG = """
use_watchdog = on
wd_hostname = '127.0.0.1'
wd_port = {0}
wd_heartbeat_port = {1}
other_pgpool_hostname0 = '127.0.0.9'
other_pgpool_port0 = {2}
other_wd_port0 = {3}
heartbeat_destination0 = '127.0.0.9'
heartbeat_destination_port0 = {4}
heartbeat_device0 = ''
delegate_IP = ''
wd_ipc_socket_dir = '{directory}'
log_standby_delay = 'always'
relcache_query_target = load_balance_node
black_function_list = 'nextval,setval'
"""


def test_every_setting_of_the_sample_is_known(release: Release) -> None:
    text = (release.root / "usr/share/pgpool2/pgpool.conf").read_text()
    names = re.findall(r"^#?(\w+) = ", text, re.MULTILINE)
    assert len(names) > 150 and [name for name in names if not lookup(name, release.version)] == []
    assert PgpoolConf.parse(text).text == text


def test_a_migrated_file_is_read_and_means_what_it_says(release: Release, pair: Workshop, passwords: Passwords) -> None:
    ports = free_ports(5)
    said: dict[str, str] = {}

    def prepare(lab: Lab) -> None:
        text = settings(lab, (4, 1)) + WATCHDOG.format(*ports, directory=lab.pgpool)
        done = migrate(PgpoolConf.parse(text), (4, 1), max((4, 1), release.version))
        said.update(done.conf.settings)
        (lab.pgpool / "pgpool.conf").write_text(done.conf.text)
        (lab.pgpool / "pgpool_node_id").write_text(f"{done.node_id or 0}\n")
        (lab.pgpool / "pgpool_node_id").chmod(0o644)

    with running(release, pair, passwords, prepare=prepare) as server:
        passfile = str(server.lab.pcppass)
        with pypcp.connect(PGPOOL_HOST, server.lab.pcp_port, PGPOOL_USER, passfile=passfile) as pcp:
            told = [(setting.name, setting.value) for setting in pcp.pool_status()]
            watchdog = pcp.watchdog_info()
    assert against_running(said, told, release.version).differing == []
    assert len(watchdog.nodes) == 2
