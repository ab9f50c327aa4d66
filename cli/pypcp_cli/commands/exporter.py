"""``pypcp exporter``."""

from __future__ import annotations

import signal
import threading

import click

from pypcp.errors import OperationFailed, WrongUsage
from pypcp_cli.options import Pgpool, connection_options
from pypcp_cli.seconds import Seconds
from pypcp_cli.sql import Wish, wish_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType


@click.command("exporter")
@click.option("--listen", metavar="HOST:PORT", default="127.0.0.1:9719", show_default=True, help="Where to serve it.")
@click.option("--all", "all_clusters", is_flag=True, help="All clusters of the configuration, with a label cluster.")
@wish_options
@click.option("--deadline", type=Seconds(0.1), default=5.0, show_default=True, help="Seconds for each source.")
@click.option("--once", is_flag=True, help="Print the metrics once, as for node_exporter's textfile collector.")
@connection_options
def command(pgpool: Pgpool, listen: str, all_clusters: bool, wish: Wish, deadline: float, once: bool) -> None:
    """Serve metrics for Prometheus.

    The metrics of pgpool2_exporter by their names, and pypcp_* for what it does not have: role, lag, timeline,
    watchdog, problems, and which source failed. Each scrape asks anew, everything at once.

    \b
    $ pypcp exporter -h bak --listen 0.0.0.0:9719
    $ curl -s localhost:9719/metrics | grep pgpool2_pool_nodes_status

    It needs the extra: pip install 'pypcp[exporter]'. Keep --deadline below Prometheus' scrape_timeout.
    """
    server = _server()
    from pypcp_cli import places

    where = places.chosen(pgpool, wish, all_clusters=all_clusters)
    source = server.registry(where, deadline, is_labelled=all_clusters)
    if once:
        pgpool.console.write(server.text(source))
        return
    host, port = _address(listen)
    try:
        taken, stop = server.serve(source, host, port)
    except OSError as error:
        raise OperationFailed(
            f"listen on {listen}", error.strerror or str(error), "Choose another with --listen."
        ) from None
    shown = f"[{host}]" if ":" in host else host
    pgpool.console.say(f"Serving metrics on http://{shown}:{taken}/metrics")
    try:
        _wait()
    finally:
        stop()


def _server() -> ModuleType:
    try:
        from pypcp.exporter import server
    except ModuleNotFoundError as missing:
        if missing.name != "prometheus_client":
            raise
        do = "pip install 'pypcp[exporter]'"
        raise WrongUsage("serve metrics", "the Python package prometheus_client is not installed", do) from None
    return server


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise WrongUsage(f"listen on {text!r}", "it is no HOST:PORT")
    return host.strip("[]") or "0.0.0.0", int(port)


def _wait() -> None:
    """Until SIGTERM; Ctrl-C interrupts it as any other command."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: ended.set())
    while not ended.wait(1.0):
        pass
