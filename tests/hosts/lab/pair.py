"""The whole laboratory: the pair ser and bak, and the admin host adm."""

from __future__ import annotations

from contextlib import ExitStack
from enum import Enum
from types import TracebackType

from tests.hosts.lab import accounts, watchdog
from tests.hosts.lab.host import Host
from tests.hosts.lab.pgpool import Pgpool
from tests.hosts.lab.postgres import Instance, Layout, Template
from tests.hosts.lab.rack import Rack
from tests.hosts.lab.waiting import eventually

DOMAIN = "bigdata.wh.com"
ADDRESSES = {"ser": "192.168.70.100", "bak": "192.168.70.200", "adm": "192.168.70.10"}
_NOBODY = "02:00:00:00:00:00"  # no interface has it


class Pool(Enum):
    """Where pgpool runs."""

    ADMIN = "one pgpool, on the admin host"
    WATCHDOG = "a pgpool on each of the pair, sharing the virtual IP"
    MAJORITY = "the same, but one of two is no quorum, and one vote no consensus"
    BARE = "installed on each of the pair, as its package leaves it: not configured, not running"


class Pair:
    """Two hosts with PostgreSQL in streaming replication, ``ser`` first as the primary, and the host ``adm``.

    ``pgpool`` is the pgpool in front of them, with a watchdog the one that is leader at first;
    ``pgpools`` are all of them, by host; with ``Pool.BARE`` none is configured, and nobody knows a password of theirs.
    ``settings`` are further lines for both postgresql.conf.
    """

    def __init__(
        self, template: Template, layout: Layout = Layout.PLAIN, pool: Pool = Pool.ADMIN, settings: str = ""
    ) -> None:
        self._rack = Rack()
        self.ser, self.bak, self.adm = (Host(self._rack, f"{name}.{DOMAIN}", at) for name, at in ADDRESSES.items())
        self.hosts = [self.ser, self.bak, self.adm]
        for host in self.hosts:
            accounts.furnish(host, self.hosts)
        self.postgres = {host: Instance(host, layout, settings) for host in (self.ser, self.bak)}
        self.postgres[self.ser].install(template)
        self.postgres[self.bak].install(template, follow=self.ser)
        self._install_pgpool(pool)

    def _install_pgpool(self, pool: Pool) -> None:
        pair = [self.ser, self.bak]
        if pool is Pool.ADMIN:
            self.pgpools = {self.adm: Pgpool(self.adm, pair)}
            self.pgpools[self.adm].install()
        elif pool is Pool.BARE:
            self.pgpools = {host: Pgpool(host, pair) for host in pair}
            for host in pair:
                self.pgpools[host].unpack()
                accounts.forget_pgpool(host)
        else:
            self.pgpools = {host: Pgpool(host, pair, user="root") for host in pair}  # root: it sets the virtual IP
            for number, (host, pgpool) in enumerate(self.pgpools.items()):
                pgpool.install(watchdog.settings(pair, number, half_is_enough=pool is Pool.WATCHDOG))
                host.write("/etc/pgpool2/pgpool_node_id", f"{number}\n")
        self.pool, self.pgpool = pool, next(iter(self.pgpools.values()))

    def up(self) -> None:
        """Boot the hosts, start PostgreSQL on both and pgpool, and wait until all of it works together."""
        for host in self.hosts:
            self.boot(host)
        for instance in self.postgres.values():  # the primary first: a standby that finds none tries again after 5 s
            instance.start()
        if self.pool is Pool.BARE:
            self.wait_until_streaming(self.ser, self.bak)
            self.postgres[self.ser].sql("DROP ROLE pgpool")
            return
        for pgpool in self.pgpools.values():
            pgpool.start()
        self.wait_until_streaming(self.ser, self.bak)
        for pgpool in self.pgpools.values():
            pgpool.wait_for("primary up", "standby up")
        if len(self.pgpools) > 1:
            self.wait_for_virtual_ip(self.ser)

    def boot(self, host: Host) -> None:
        """Power on, with sshd."""
        host.power_on()
        host.run(["/usr/sbin/sshd"])

    def wait_until_streaming(self, primary: Host, standby: Host, within: float = 30) -> None:
        source = self.postgres[primary]
        what = f"{standby.name} streams from {primary.name}"
        eventually(lambda: standby.address in source.standbys(), within, what)

    def wait_until_equal(self, within: float = 30) -> None:
        """Wait until the standby has replayed all that the primary has written by now."""
        primary = next(instance for instance in self.postgres.values() if instance.is_primary())
        end = primary.sql("SELECT pg_current_wal_lsn()")
        query = f"SELECT count(*) FROM pg_stat_replication WHERE replay_lsn >= '{end}'"
        eventually(lambda: primary.sql(query) == "1", within, f"the standby's replay of {end}")

    def cut(self, one: Host, other: Host) -> None:
        """Let packets between two hosts vanish; each still reaches all others."""
        for here, there in ((one, other), (other, one)):
            here.run(
                ["ip", "neighbour", "replace", there.address, "lladdr", _NOBODY, "nud", "permanent", "dev", "eth0"]
            )

    def heal(self, one: Host, other: Host) -> None:
        for here, there in ((one, other), (other, one)):
            here.run(["ip", "neighbour", "delete", there.address, "dev", "eth0"])

    def wait_for_virtual_ip(self, on: Host, within: float = 30) -> None:
        eventually(lambda: watchdog.has_virtual_ip(on), within, f"the virtual IP on {on.name}")

    def logs(self) -> dict[str, str]:
        """What pgpool and both servers have logged so far, by title."""
        return {
            **{f"pgpool on {host.name}": pgpool.log() for host, pgpool in self.pgpools.items()},
            **{f"PostgreSQL on {host.name}": instance.log() for host, instance in self.postgres.items()},
        }

    def down(self) -> None:
        with ExitStack() as each:  # the rest, too, when one of them fails
            each.callback(self._rack.close)
            for host in self.hosts:
                each.callback(host.power_off)

    def __enter__(self) -> Pair:
        try:
            self.up()
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.down()
