"""What pcp_pool_status prints (pcp_frontend_client.c, ``output_poolstatus_result``)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def text(rows: Iterable[tuple[str, str, str]], *, is_verbose: bool) -> str:
    """Three lines and an empty one for each parameter: name, value, description."""
    if is_verbose:
        return "".join(
            f"Name [{at:3}]:\t{name}\nValue:      \t{value}\nDescription:\t{description}\n\n"
            for at, (name, value, description) in enumerate(rows)
        )
    return "".join(f"name : {name}\nvalue: {value}\ndesc : {description}\n\n" for name, value, description in rows)
