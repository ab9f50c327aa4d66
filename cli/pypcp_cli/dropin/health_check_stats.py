"""What pcp_health_check_stats prints (pcp_frontend_client.c, ``output_health_check_stats_result``)."""

from __future__ import annotations

from pypcp.errors import MalformedReply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

LABELS = (
    *("Node Id", "Host Name", "Port", "Status", "Role", "Last Status Change", "Total Count", "Success Count"),
    *("Fail Count", "Skip Count", "Retry Count", "Average Retry Count", "Max Retry Count"),
    *("Max Health Check Duration", "Minimum Health Check Duration", "Average Health Check Duration"),
    *("Last Health Check", "Last Successful Health Check", "Last Skip Health Check", "Last Failed Health Check"),
)
_WIDTH = max(map(len, LABELS))


def text(row: Sequence[str], *, is_verbose: bool) -> str:
    """The twenty values on one line, or each on its own."""
    if len(row) < len(LABELS):
        raise MalformedReply("read the health check", f"it has {len(row)} fields where {len(LABELS)} were to come")
    if is_verbose:
        return "".join(f"{label.ljust(_WIDTH)} : {value}\n" for label, value in zip(LABELS, row, strict=False)) + "\n"
    return " ".join(row[: len(LABELS)]) + "\n"
