"""From what is wanted and what is there to the plan. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pypcp.pgpool.conf import ConfError
from pypcp.pgpool.parameters import lookup
from pypcp.setup.differences import Difference, differences
from pypcp.setup.facts import Facts, HostFacts, Present
from pypcp.setup.files import Settings, Wanted
from pypcp.setup.pair import Pair
from pypcp.setup.plan import Plan, Write
from pypcp.setup.render import render
from pypcp.setup.roles import statements
from pypcp.setup.secrets import Secrets

# What the pgpools have to agree on: the watchdog's picture of the others, and of the address.
_WATCHDOG = re.compile(
    r"(?:wd|if|arping|heartbeat|other)_\w+|use_watchdog|delegate_(?:ip|IP)|trusted_servers|(?:hostname|pgpool_port)\d+"
)
_NODE = re.compile(r"backend_(?:hostname|port)\d+")  # a reload may add a node, and changes none that there is


def decide(pair: Pair, secrets: Secrets, facts: Facts, start: bool, restart: bool = False) -> Plan:
    """The plan; ``start`` asks for pgpools that do not run to be started, ``restart`` for those that have to be.

    Raises ConfError for a broken pgpool.conf.
    """
    wanted = render(pair, secrets, {host.name: host.sample for host in facts.hosts})
    files = [(host, file) for host in facts.hosts for file in wanted[host.name]]
    writes = [write for host, file in files if (write := _write(host, file, host.files[file.path]))]
    primary = facts.primaries[0] if len(facts.primaries) == 1 else None
    major = int(float(primary.postgres.version)) if primary and primary.postgres else 10
    stopped = tuple(host.name for host in facts.hosts if not host.pid)
    read = {write.host for write in writes if _is_read(pair, write)}
    touched = [host.name for host in facts.hosts if host.has_unread or (host.pid and host.name in read)]
    restarts = {host.name: found for host in facts.hosts if (found := _restarts(pair, host, wanted[host.name]))}
    return Plan(
        pair=pair.name,
        primary=primary.name if primary else "",
        writes=tuple(writes),
        statements=tuple(statements(pair, secrets, facts.sql, major)) if facts.sql else (),
        reloads=tuple(touched),
        restarts=tuple((host, tuple(each.name for each in found)) for host, found in restarts.items()),
        stopped=stopped,
        starts=stopped if start else (),
        fresh=frozenset(host for host, found in restarts.items() if _has_new_nodes(found)) | _all(stopped, facts),
        is_restart=restart,
        at_once=any(_WATCHDOG.fullmatch(each.name) for found in restarts.values() for each in found),
    )


def _write(host: HostFacts, file: Wanted, present: Present) -> Write | None:
    try:
        text = file.text(present.text)
    except ConfError as why:
        raise ConfError(f"{why.tried} of {host.name}", why.said, why.do) from None
    is_new = present.kind == "absent"
    if (present.text, present.mode, present.owner) == (text, file.mode, file.owner):
        return None
    return Write(host.name, file, text, is_new, differences(file, present.text, text))


def _has_new_nodes(found: Sequence[Difference]) -> bool:
    """Whether the nodes that pgpool is told of now are others than before."""
    return any(each.name.startswith("backend_hostname") for each in found)


def _all(stopped: Sequence[str], facts: Facts) -> frozenset[str]:
    """The stopped ones, when all are: then nobody knows better than what was just seen."""
    return frozenset(stopped) if len(stopped) == len(facts.hosts) else frozenset()


def _is_read(pair: Pair, write: Write) -> bool:
    """Whether pgpool reads the file at all, and not anew each time as it does pcp.conf."""
    return write.file.path.startswith(f"{pair.pgpool.directory}/") and not write.file.path.endswith("/pcp.conf")


def _restarts(pair: Pair, host: HostFacts, files: Sequence[Wanted]) -> tuple[Difference, ...]:
    """The settings that the running pgpool began with otherwise, and that a reload does not change."""
    conf = next(file for file in files if isinstance(file, Settings))
    present = host.files[conf.path].text
    began = present if host.began_with is None else host.began_with
    changed = differences(conf, began, conf.text(present)) if host.pid else ()
    return tuple(each for each in changed if _needs_restart(each.name, pair))


def _needs_restart(name: str, pair: Pair) -> bool:
    parameter = lookup(name, pair.pgpool.release)
    return parameter is None or parameter.needs_restart(pair.pgpool.release) or bool(_NODE.fullmatch(name))
