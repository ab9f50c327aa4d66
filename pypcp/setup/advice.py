"""What works as described and may still surprise: told, not refused. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from pypcp.pgpool.conf import PgpoolConf
from pypcp.setup.facts import Facts
from pypcp.setup.pair import Pair

_CHILDREN, _POOL = 32, 4  # num_init_children and max_pool where nothing is set, in every version


def advice(pair: Pair, facts: Facts) -> list[str]:
    """Sentences for the operator."""
    return [*_of_watchdog(pair), *_of_connections(pair, facts)]


def _of_watchdog(pair: Pair) -> Iterator[str]:
    if len(pair.hosts) == 2 and not pair.watchdog.trusted_servers:
        yield (
            "watchdog.trusted_servers is empty: when the two hosts lose sight of one another, neither can tell that it "
            "is the one cut off, and both may take over. Name a gateway or another machine that answers ping."
        )


def _of_connections(pair: Pair, facts: Facts) -> Iterator[str]:
    """Each child keeps up to max_pool connections to each node (pgpool's page "Configuring Connections")."""
    for host in facts.hosts:
        allowed = host.postgres.settings.get("max_connections", "") if host.postgres else ""
        present = host.files.get(f"{pair.pgpool.directory}/pgpool.conf")
        there = PgpoolConf.parse(present.text).settings if present and present.text else {}
        chosen = {**there, **dict(pair.pgpool.settings)}
        wanted = _number(chosen.get("num_init_children"), _CHILDREN) * _number(chosen.get("max_pool"), _POOL)
        if allowed.isdigit() and wanted > int(allowed):
            yield (
                f"{host.name}: pgpool may keep {wanted} connections (num_init_children x max_pool), and PostgreSQL's "
                f"max_connections is {allowed}."
            )


def _number(value: str | None, default: int) -> int:
    return int(value) if value and value.isdigit() else default
