"""The watchdog's part of pgpool.conf: the pgpools of several hosts share a virtual IP and vote."""

from __future__ import annotations

from collections.abc import Sequence

from tests.hosts.lab.host import Host
from tests.hosts.lab.pgpool import POOL_PORT

VIRTUAL_IP = "192.168.70.150"

_CONF = f"""\
use_watchdog = on
delegate_IP = '{VIRTUAL_IP}'
if_cmd_path = '/sbin'
if_up_cmd = '/sbin/ip address add $_IP_$/24 dev eth0'
if_down_cmd = '/sbin/ip address delete $_IP_$/24 dev eth0'
arping_path = '/usr/bin'
arping_cmd = '/usr/bin/arping -U -c 1 -I eth0 $_IP_$'
wd_lifecheck_method = 'heartbeat'
wd_interval = 1
wd_heartbeat_keepalive = 1
wd_heartbeat_deadtime = 4
wd_ipc_socket_dir = '/run/postgresql'
"""


def settings(hosts: Sequence[Host], own: int, *, half_is_enough: bool = True) -> str:
    """The lines for the pgpool of ``hosts[own]``. The first host is preferred as the leader.

    ``half_is_enough``: one of two is a quorum, and its vote enough for a failover.
    """
    votes = f"enable_consensus_with_half_votes = {'on' if half_is_enough else 'off'}\n"
    members = "".join(_member(number, host) for number, host in enumerate(hosts))
    return f"{_CONF}{votes}{members}wd_priority = {len(hosts) - own}\n"


def _member(number: int, host: Host) -> str:
    return f"""\
hostname{number} = '{host.name}'
wd_port{number} = 9000
pgpool_port{number} = {POOL_PORT}
heartbeat_hostname{number} = '{host.name}'
heartbeat_port{number} = 9694
heartbeat_device{number} = ''
"""


def has_virtual_ip(host: Host) -> bool:
    return host.is_on and f" {VIRTUAL_IP}/" in host.run(["ip", "-o", "address", "show", "dev", "eth0"]).stdout
