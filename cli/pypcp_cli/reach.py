"""How the workflows reach a cluster: pgpool over PCP, and the hosts of its nodes over ssh."""

from __future__ import annotations

import contextlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pypcp.client import Client
    from pypcp.hosts.host import Host
    from pypcp.rejoin.nodes import PoolNode
    from pypcp.rejoin.pool import PcpPool
    from pypcp_cli.pgpool import Pgpool


def pool_and_hosts(pgpool: Pgpool, ssh_option: Sequence[str]) -> tuple[PcpPool, Callable[[PoolNode], Host]]:
    """What asks pgpool, and what gives the host of a node. ``ssh_option`` is what was typed."""
    from pypcp.rejoin.pool import PcpPool

    pcp = pgpool.client()
    host_of = hosts(pgpool.ssh_options(ssh_option), pcp.address.host or "localhost")
    return PcpPool(pcp, lambda host: _at(pcp, host)), lambda node: host_of(node.hostname)


@contextlib.contextmanager
def on_the_way_to(
    node: str, pgpool: Pgpool, ssh_option: Sequence[str]
) -> Iterator[tuple[PcpPool, PoolNode, Callable[[PoolNode], Host]]]:
    """pgpool, the node of that name, and what gives the host of a node: connections to all of them have begun.

    What works with them is imported best in the block: that takes about as long as ssh. Raises as ``find``.
    """
    from pypcp.node_names import find
    from pypcp.rejoin.reach import Reach
    from pypcp_cli.endings import interruptible

    pool, host_of = pool_and_hosts(pgpool, ssh_option)
    with interruptible(), contextlib.closing(Reach(host_of)) as reach:
        reach.connect(pool.configured())
        yield pool, find(node, pool.nodes()), reach


def hosts(ssh_options: Sequence[str], pgpool_host: str = "localhost") -> Callable[[str], Host]:
    """What gives the host of a hostname, as pgpool on ``pgpool_host`` calls it.

    ``ssh_options`` are -o options, such as ``Port=2222``.
    """
    from pypcp.hosts.place import host_of
    from pypcp.hosts.ssh import SshHost

    options = [word for option in ssh_options for word in ("-o", option)]
    return lambda hostname: host_of(hostname, pgpool_host, lambda name: SshHost(name, options))


def _at(pcp: Client, host: str) -> Client:
    """The pgpool on another host, at the same port and as the same user. One that is away is not waited for."""
    from pypcp.address import Address
    from pypcp.client import Client

    return Client(Address(host, pcp.address.port), pcp.credentials, connect_timeout=3.0, timeout=pcp.timeout)
