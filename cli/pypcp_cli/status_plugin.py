"""The status by the convention of monitoring plugins: one line, and 0 ok, 1 warning, 2 critical, 3 unknown."""

from __future__ import annotations

from pypcp.status import view
from pypcp_cli.console import visible_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pypcp.status.facts import Facts
    from pypcp.status.finding import Finding

OK, WARNING, CRITICAL, UNKNOWN = range(4)
_CODES = {"critical": CRITICAL, "warning": WARNING, "note": OK}
_WORDS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")


def summary(found: Sequence[tuple[Facts, list[Finding]]]) -> tuple[str, int]:
    """The line, with its end, and the code; of several clusters the worst."""
    code = max((_code(facts, findings) for facts, findings in found), key=(OK, WARNING, UNKNOWN, CRITICAL).index)
    texts = [finding.text for _, findings in found for finding in findings if finding.severity.value != "note"]
    nodes = [node for facts, _ in found for node in view.nodes(facts)]
    attached = sum(node.status.is_attached for node in nodes)
    said = "; ".join(texts) or f"{attached} of {len(nodes)} nodes in service"
    # A bar would begin the figures, which follow: label=value;warning;critical;least;most
    line = visible_line(said).replace("|", "/")
    return (
        f"PGPOOL {_WORDS[code]} - {line} | nodes_in_service={attached};;;0;{len(nodes)} problems={len(texts)}\n",
        code,
    )


def _code(facts: Facts, findings: Sequence[Finding]) -> int:
    if facts.nodes is None and facts.pool_nodes is None:
        return UNKNOWN if any(source.is_login for source in facts.sources) else CRITICAL
    return max((_CODES[finding.severity.value] for finding in findings), default=OK)
