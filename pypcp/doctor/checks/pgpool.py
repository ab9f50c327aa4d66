"""The pgpools: reached, alike, and of the same mind as the PostgreSQLs."""

from __future__ import annotations

from collections.abc import Iterator

from pypcp.doctor.facts import Facts
from pypcp.doctor.result import Result, judged, unseen

_STATE = "backend_status"  # of each pgpool's own, and told a moment apart
_SHARED = ("backend_", "failover_command", "follow_", "health_check_", "sr_check_", "delegate_", "load_balance_mode",
           "backend_clustering_mode", "failover_on_backend_error",
           "fail_over_on_backend_error", "enable_pool_hba")  # fmt: skip


def answers(facts: Facts) -> Iterator[Result]:
    for pgpool in facts.pgpools.values():
        yield judged(
            "pcp", pgpool.host, "pgpool answers over PCP, and its pcp.conf lets us in", pgpool.pcp_trouble,
            "Nothing can be repaired without PCP.", f"pypcp node-count -h {pgpool.host}",
        )  # fmt: skip
        if not pgpool.pcp_trouble:
            yield judged(
                "sql", pgpool.host, "clients reach PostgreSQL through pgpool", pgpool.sql_trouble,
                "Clients get no further than we do.", f"pypcp show version -h {pgpool.host}",
            )  # fmt: skip


def alike(facts: Facts) -> Iterator[Result]:
    told = {name: pgpool.settings for name, pgpool in facts.pgpools.items() if pgpool.settings}
    if len(told) < 2:
        return
    names = sorted(
        {
            name
            for settings in told.values()
            for name in settings
            if name.startswith(_SHARED) and not name.startswith(_STATE)
        }
    )
    different = [name for name in names if len({settings.get(name) for settings in told.values()}) > 1]
    yield judged(
        "same-pgpools", "", "the pgpools are configured alike", ", ".join(different),
        "After the virtual IP has moved, another pgpool must do the same.", "pypcp setup diff; or: pypcp config diff",
    )  # fmt: skip


def readable(facts: Facts) -> Iterator[Result]:
    title = "pgpool.conf can be read as pgpool reads it"
    yield from unseen("conf", title, facts.unseen_pgpools)
    for host in facts.pgpool_hosts:
        if host.conf_path:
            yield judged(
                "conf", host.name, title, host.conf_trouble,
                "pgpool would not start again, nor reload.", f"Mend {host.conf_path} on {host.name}",
            )  # fmt: skip


def statuses(facts: Facts) -> Iterator[Result]:
    """pgpool's own memory of the nodes, which it believes at its next start."""
    title = "pgpool_status agrees with what pgpool knows"
    yield from unseen("status-file", title, facts.unseen_pgpools)
    nodes = facts.status.nodes or ()
    now = ["up" if node.status.is_attached else "down" for node in nodes]
    for host in facts.pgpool_hosts:
        told = [word if word == "up" else "down" for word in host.status]
        if not host.user or not told:
            continue
        said = "" if told == now else f"it says {', '.join(told)}; they are {', '.join(now)}"
        yield judged(
            "status-file", host.name, title, said,
            "pgpool believes this file when it starts, and leaves out a node that is down there.",
            "Start pgpool with -D, or attach the node: pypcp attach",
        )  # fmt: skip


CHECKS = (answers, readable, alike, statuses)
