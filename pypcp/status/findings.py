"""What is wrong: a pure function from facts to findings, the worst first."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pypcp.status import of_nodes, of_pgpool, of_servers
from pypcp.status.facts import Facts
from pypcp.status.finding import Finding, Severity

CHECKS: tuple[Callable[[Facts], Iterator[Finding]], ...] = (
    of_pgpool.unreachable,
    of_servers.two_primaries,
    of_servers.no_primary,
    of_servers.wrong_primary,
    of_servers.other_cluster,
    of_pgpool.quorum,
    of_nodes.down,
    of_nodes.quarantined,
    of_nodes.unanswered,
    of_servers.standbys,
    of_nodes.lag,
    of_pgpool.silent,
    of_pgpool.members,
    of_pgpool.delegate_elsewhere,
    of_pgpool.health_check,
    of_pgpool.disagreement,
)
_ORDER = list(Severity)


def findings(facts: Facts) -> list[Finding]:
    """All that is wrong, and notes on what could not be seen; nothing wrong is an empty list, or one of notes."""
    found = [finding for check in CHECKS for finding in check(facts)]
    return sorted(found, key=lambda finding: _ORDER.index(finding.severity))


def problems(found: list[Finding]) -> list[Finding]:
    """Those that are more than a note."""
    return [finding for finding in found if finding.severity is not Severity.NOTE]
