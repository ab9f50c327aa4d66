"""The whole laboratory: the pair ser and bak, and the admin host adm."""

from __future__ import annotations

from types import TracebackType

from tests.hosts.lab import accounts
from tests.hosts.lab.host import Host
from tests.hosts.lab.pgpool import Pgpool
from tests.hosts.lab.postgres import Instance, Layout, make_template
from tests.hosts.lab.rack import Rack
from tests.hosts.lab.waiting import eventually

DOMAIN = "bigdata.wh.com"
ADDRESSES = {"ser": "192.168.70.100", "bak": "192.168.70.200", "adm": "192.168.70.10"}
VIRTUAL_IP = "192.168.70.150"


class Pair:
    """Two hosts with PostgreSQL in streaming replication, ``ser`` first as the primary, and the host ``adm``."""

    def __init__(self, rack: Rack, layout: Layout = Layout.PLAIN) -> None:
        make_template(rack)
        self.ser, self.bak, self.adm = (Host(rack, f"{name}.{DOMAIN}", at) for name, at in ADDRESSES.items())
        self.hosts = [self.ser, self.bak, self.adm]
        for host in self.hosts:
            accounts.furnish(host, self.hosts)
        self.postgres = {host: Instance(host, layout) for host in (self.ser, self.bak)}
        self.postgres[self.ser].install()
        self.postgres[self.bak].install(follow=self.ser)
        self.pgpool = Pgpool(self.adm, [self.ser, self.bak])

    def up(self) -> None:
        """Boot the hosts, start PostgreSQL on both and pgpool, and wait until all of it works together."""
        for host in self.hosts:
            self.boot(host)
        for instance in self.postgres.values():  # the primary first: a standby that finds none tries again after 5 s
            instance.start()
        self.pgpool.install()
        self.pgpool.start()
        self.wait_until_streaming(self.ser, self.bak)
        self.pgpool.wait_for("primary up", "standby up")

    def boot(self, host: Host) -> None:
        """Power on, with sshd."""
        host.power_on()
        host.run(["/usr/sbin/sshd"])

    def wait_until_streaming(self, primary: Host, standby: Host, within: float = 30) -> None:
        source = self.postgres[primary]
        what = f"{standby.name} streams from {primary.name}"
        eventually(lambda: standby.address in source.standbys(), within, what)

    def logs(self) -> dict[str, str]:
        """What pgpool and both servers have logged so far, by title."""
        return {
            f"pgpool on {self.pgpool.host.name}": self.pgpool.log(),
            **{f"PostgreSQL on {host.name}": instance.log() for host, instance in self.postgres.items()},
        }

    def down(self) -> None:
        for host in self.hosts:
            host.discard()

    def __enter__(self) -> Pair:
        try:
            self.up()
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.down()
