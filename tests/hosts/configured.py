"""A pair that ``pypcp setup`` has configured, from the admin host."""

from __future__ import annotations

import sys

from tests.hosts.lab.accounts import PCP_USERS, ROLES
from tests.hosts.lab.pair import Pair
from tests.hosts.lab.postgres import DATA
from tests.hosts.lab.watchdog import VIRTUAL_IP

NAME = "shop"
SECRETS = f"""\
[roles]
pgpool = "{ROLES["pgpool"]}"
app = "{ROLES["app"]}"

[pcp]
pgpool = "{PCP_USERS["pgpool"]}"
"""


def description(pair: Pair) -> str:
    """The pair's file, with periods for tests."""
    hosts = "".join(
        f"""
[[hosts]]
name = "{host.name}"
data_directory = "{DATA}"
application_name = "{host.port}"
"""
        for host in (pair.ser, pair.bak)
    )
    return f"""\
name = "{NAME}"
{hosts}
[pgpool]
version = "{_installed(pair)}"
pypcp = "{sys.prefix}/bin/pypcp"
[pgpool.settings]
num_init_children = 8

[virtual_ip]
address = "{VIRTUAL_IP}"
arping = "/usr/bin/arping"

[users]
clients = ["app"]

[watchdog]
interval = 1
heartbeat_keepalive = 1
heartbeat_deadtime = 4
trusted_servers = ["{pair.adm.name}"]

[health_check]
period = 1
timeout = 5
max_retries = 2
streaming_period = 1
"""


def _installed(pair: Pair) -> str:
    """pgpool's version, two numbers; it tells it on stderr."""
    said = pair.ser.run(["pgpool", "--version"]).stderr
    return ".".join(said.split()[2].split(".")[:2])


def describe(pair: Pair) -> None:
    """Put the description and the passwords into root's home on the admin host."""
    pair.adm.write("/root/pair.toml", description(pair))
    pair.adm.write("/root/pair.secrets", SECRETS, mode=0o600)


def configure(pair: Pair) -> None:
    """``pypcp setup apply --start``, and both pgpools see both nodes."""
    describe(pair)
    pair.adm.run(["pypcp", "setup", "apply", "--start", "--yes"], timeout=120)
    for pgpool in pair.pgpools.values():
        pgpool.wait_for("primary up", "standby up")
