"""From what is wanted and what is there to the plan. Pure."""

from __future__ import annotations

import re

from pypcp.pgpool.parameters import lookup
from pypcp.setup.differences import differences
from pypcp.setup.facts import Facts, HostFacts, Present
from pypcp.setup.files import Settings, Wanted
from pypcp.setup.pair import Pair
from pypcp.setup.plan import Plan, Write
from pypcp.setup.render import render
from pypcp.setup.roles import statements
from pypcp.setup.secrets import Secrets

# The watchdog builds its picture of the others and of its address when it starts, whatever is read again later.
_WATCHDOG = re.compile(
    r"(?:wd|if|arping|heartbeat|other)_\w+|use_watchdog|delegate_(?:ip|IP)|trusted_servers|(?:hostname|pgpool_port)\d+"
)


def decide(pair: Pair, secrets: Secrets, facts: Facts, start: bool) -> Plan:
    """The plan; ``start`` asks for pgpools that do not run to be started. Raises ConfError for a broken pgpool.conf."""
    wanted = render(pair, secrets, {host.name: host.sample for host in facts.hosts})
    files = [(host, file) for host in facts.hosts for file in wanted[host.name]]
    writes = [write for host, file in files if (write := _write(host, file, host.files[file.path]))]
    primary = facts.primaries[0] if len(facts.primaries) == 1 else None
    major = int(float(primary.postgres.version)) if primary and primary.postgres else 10
    stopped = tuple(host.name for host in facts.hosts if not host.pid)
    read = {write.host for write in writes if _is_read(pair, write)}
    touched = [host.name for host in facts.hosts if host.has_unread or (host.pid and host.name in read)]
    return Plan(
        pair=pair.name,
        primary=primary.name if primary else "",
        writes=tuple(writes),
        statements=tuple(statements(pair, secrets, facts.sql, major)) if facts.sql else (),
        reloads=tuple(touched),
        restarts=tuple((host, names) for host in touched if (names := _restarts(pair, _on(host, writes)))),
        stopped=stopped,
        starts=stopped if start else (),
        fresh=len(stopped) == len(facts.hosts),
    )


def _write(host: HostFacts, file: Wanted, present: Present) -> Write | None:
    text = file.text(present.text)
    is_new = present.kind == "absent"
    if (present.text, present.mode, present.owner) == (text, file.mode, file.owner):
        return None
    return Write(host.name, file, text, is_new, differences(file, present.text, text))


def _on(host: str, writes: list[Write]) -> list[Write]:
    return [write for write in writes if write.host == host]


def _is_read(pair: Pair, write: Write) -> bool:
    """Whether pgpool reads the file at all, and not anew each time as it does pcp.conf."""
    return write.file.path.startswith(f"{pair.pgpool.directory}/") and not write.file.path.endswith("/pcp.conf")


def _restarts(pair: Pair, writes: list[Write]) -> tuple[str, ...]:
    """The settings, and the node's number, that a reload does not change."""
    settings = [each.name for write in writes if isinstance(write.file, Settings) for each in write.differences]
    files = [write.file.path for write in writes if write.file.path.endswith("/pgpool_node_id")]
    return (*(name for name in settings if _needs_restart(name, pair)), *files)


def _needs_restart(name: str, pair: Pair) -> bool:
    parameter = lookup(name, pair.pgpool.release)
    return parameter is None or parameter.needs_restart(pair.pgpool.release) or bool(_WATCHDOG.fullmatch(name))
