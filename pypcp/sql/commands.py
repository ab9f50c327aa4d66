"""What can be shown, and which of the values are numbers."""

from __future__ import annotations

from pypcp.commands.pool_status import masked

SHOW = {
    "nodes": "pool_nodes",
    "pools": "pool_pools",
    "processes": "pool_processes",
    "status": "pool_status",
    "version": "pool_version",
    "cache": "pool_cache",
    "health-check-stats": "pool_health_check_stats",
    "backend-stats": "pool_backend_stats",
}

_NUMBERS = frozenset(
    "node_id port pool_pid pool_id backend_id client_connection_count pool_counter pool_backendpid client_port "
    "majorversion minorversion num_cache_hits num_selects num_hash_entries used_hash_entries num_cache_entries "
    "used_cache_entries_size free_cache_entries_size fragment_cache_entries_size total_count success_count fail_count "
    "skip_count retry_count max_retry_count max_duration min_duration select_cnt insert_cnt update_cnt delete_cnt "
    "ddl_cnt other_cnt panic_cnt fatal_cnt error_cnt client_idle_duration".split()
)


def document(row: dict[str, str]) -> dict[str, str | int | None]:
    """A row for programs: whole numbers as numbers, nothing as None, and secrets (``wd_lifecheck_password``) masked."""
    if "item" in row:
        row = {**row, "value": masked(row["item"], row.get("value", ""))}
    return {name: _value(name, text) for name, text in row.items()}


def _value(name: str, text: str) -> str | int | None:
    is_number = name in _NUMBERS and text.isascii() and text.isdigit() and len(text) < 20
    return int(text) if is_number else text or None
