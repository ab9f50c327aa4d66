"""Rejoin, side by side: `pypcp rejoin`, the same steps by hand, and repmgr: `python -m bench.rejoin [ROUNDS]`.

On the two hosts of the tests (root is needed, and Debian's packages repmgr and postgresql-15-repmgr for the last). The
former primary was stopped cleanly after it went its own way, so it has to be rewound. Each round begins from a copy of
that state; measured is the whole command on pgpool's host, until pgpool has the node in service.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tabulate import tabulate

from tests.hosts.checks import assert_standby
from tests.hosts.lab.host import Host
from tests.hosts.lab.machine import missing
from tests.hosts.lab.pair import Pair
from tests.hosts.lab.postgres import BIN, DATA, Template
from tests.hosts.stand import REJOIN, Stand

BY_HAND = Path(__file__).resolve().with_name("rejoin_by_hand.sh")
REPMGR_CONF = "/etc/postgresql/repmgr.conf"
ATTACH = """
pcp_attach_node -w -h localhost -p 9898 -n 0 >/dev/null
until pcp_node_info -w -h localhost -p 9898 -n 0 | grep -qE ' (up|waiting) '; do sleep 0.05; done
"""


def main(rounds: int) -> None:
    if lacking := missing():
        raise SystemExit(f"bench.rejoin needs {', '.join(lacking)}")
    with Pair(Template(), settings="wal_keep_size = 2GB\n") as pair:
        stand = Stand(pair)
        has_repmgr = (BIN / "repmgr").exists()
        if has_repmgr:
            register_with_repmgr(pair)
        with stand.failed("stop"):
            peers = {"pypcp rejoin": pypcp_rejoin, "by hand": by_hand}
            if has_repmgr:
                repmgr(pair.bak, "primary", "register", "--force")
                pair.wait_until_equal()
                peers["repmgr node rejoin"] = repmgr_rejoin
            show(measure(stand, peers, rounds))


def measure(stand: Stand, peers: Mapping[str, Callable[[Pair], None]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each round of each peer; the rounds alternate, so that what else the machine does hits all."""
    seconds: dict[str, list[float]] = {peer: [] for peer in peers}
    for _ in range(rounds):
        for peer, run in peers.items():
            stand.reset()
            began = time.monotonic()
            run(stand.pair)
            seconds[peer].append(time.monotonic() - began)
            if run is not repmgr_rejoin:  # it streams as another user, with settings of its own
                assert_standby(stand.pair, stand.pair.ser, stand.pair.bak)
    return seconds


def show(seconds: dict[str, list[float]]) -> None:
    ours = statistics.median(seconds["pypcp rejoin"])
    rows = [
        (peer, f"{statistics.median(times):.2f} s", f"{min(times):.2f} s", f"{ours / statistics.median(times):.2f}")
        for peer, times in seconds.items()
    ]
    sys.stdout.write(tabulate(rows, ("", "median", "best", "pypcp / this"), disable_numparse=True) + "\n")


def pypcp_rejoin(pair: Pair) -> None:
    pair.adm.run(["pypcp", *REJOIN])


def by_hand(pair: Pair) -> None:
    words = [pair.ser.name, pair.bak.name, "0", DATA, str(BIN)]
    pair.adm.run([str(BY_HAND), *words])


def repmgr_rejoin(pair: Pair) -> None:
    """repmgr runs on the node itself, and knows nothing of pgpool: ssh before, attach after."""
    files = "postgresql.conf,pg_hba.conf,pg_ident.conf"
    source = f"host={pair.bak.name} user=postgres dbname=repmgr"
    rejoin = f"{BIN}/repmgr -f {REPMGR_CONF} node rejoin -d '{source}' --force-rewind --config-files={files}"
    ssh = f'ssh -o BatchMode=yes postgres@{pair.ser.name} "{rejoin}" || exit 1'
    pair.adm.run(["bash", "-c", f"{ssh}\n{ATTACH}"])


def register_with_repmgr(pair: Pair) -> None:
    pair.postgres[pair.ser].sql("CREATE DATABASE repmgr")
    for number, host in enumerate((pair.ser, pair.bak), start=1):
        host.write(REPMGR_CONF, repmgr_conf(host, number), "postgres")
    repmgr(pair.ser, "primary", "register")
    pair.wait_until_equal()
    repmgr(pair.bak, "standby", "register", "--force", "--upstream-node-id=1")
    pair.wait_until_equal()


def repmgr_conf(host: Host, number: int) -> str:
    return f"""\
node_id = {number}
node_name = '{host.port}'
conninfo = 'host={host.name} user=postgres dbname=repmgr connect_timeout=2'
data_directory = '{DATA}'
pg_bindir = '{BIN}'
replication_user = 'repl'
"""


def repmgr(host: Host, *words: str) -> None:
    host.run([f"{BIN}/repmgr", "-f", REPMGR_CONF, *words], user="postgres")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
