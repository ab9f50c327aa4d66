"""What PostgreSQL's versions call otherwise, from 9.5 on: one table, from the newest era to the oldest.

Scripts and queries are written in today's names. :meth:`Era.spelled` puts in the names of an older version; what a
version does not have yet becomes a NULL of the same type, so that the rest of a query stays as it is.
Sources: the release notes of 10 ("Rename write-ahead log directory", "Rename SQL functions, tools and options"), of 11
to 13, and the documentation of each version.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

REWIND_FUNCTIONS = (
    "pg_ls_dir(text, boolean, boolean)",
    "pg_stat_file(text, boolean)",
    "pg_read_binary_file(text)",
    "pg_read_binary_file(text, bigint, bigint, boolean)",
)
# What a rewind user may not do, a line for each: what pg_rewind calls on the source (docs: pg_rewind, "Notes").
_LACKS_GRANTS = (
    "SELECT f FROM unnest(ARRAY[{}]) f WHERE NOT has_function_privilege('pg_catalog.' || f, 'execute')".format(
        ",".join(f"'{function}'" for function in REWIND_FUNCTIONS)
    )
)
_IS_NO_SUPERUSER = "SELECT 'SUPERUSER' FROM pg_roles WHERE rolname = current_user AND NOT rolsuper"
SUPERUSER = "SUPERUSER"
# A shutdown checkpoint record: XLogRecord, the header of a short record, CheckPoint (xlogrecord.h, pg_control.h).
_CHECKPOINT_RECORD = 24 + 2 + 88  # from 12 on: it counts transactions in 64 bits
_CHECKPOINT_RECORD_UP_TO_11 = 24 + 2 + 80


@dataclass(frozen=True)
class Era:
    """What holds from version ``since`` on, until the next era.

    ``renamed`` maps today's names to those of the time. ``keeps_wal`` is the setting that keeps WAL from being
    recycled, with a value that keeps it all. ``has_recovery_conf``: a standby is made by recovery.conf, not by
    standby.signal. ``lacks_for_rewind`` is a query for what a user lacks to be the rewind user. ``leaves_slots``:
    pg_rewind leaves replication slots behind. ``shutdown_checkpoint`` is the length of that WAL record in bytes.
    ``compares_wal_senders``: a standby with fewer max_wal_senders than its primary does not start.
    ``rewinds_promoted``: pg_rewind also rewinds a server that was promoted after the fork (docs: pg_rewind).
    """

    since: tuple[int, ...]
    renamed: Mapping[str, str] = field(default_factory=dict)
    keeps_wal: tuple[str, str] = ("wal_keep_segments", "65536")
    has_recovery_conf: bool = True
    lacks_for_rewind: str = _IS_NO_SUPERUSER
    leaves_slots: bool = True
    shutdown_checkpoint: int = _CHECKPOINT_RECORD_UP_TO_11
    compares_wal_senders: bool = False
    rewinds_promoted: bool = True

    def spelled(self, text: str) -> str:
        """The text with every name that was another one then replaced, as a whole word."""
        if not self.renamed:
            return text
        words = "|".join(map(re.escape, sorted(self.renamed, key=len, reverse=True)))
        return re.sub(rf"(?<![\w.])(?:{words})(?!\w)", lambda found: self.renamed[found[0]], text)

    @property
    def standby_marker(self) -> str:
        """The file in the data directory that makes a standby of it."""
        return self.spelled("standby.signal")


_UP_TO_12 = {"wal_keep_size": "wal_keep_segments"}
_UP_TO_11 = {**_UP_TO_12, "standby.signal": "recovery.conf"}
_UP_TO_10 = {
    **_UP_TO_11,
    "sender_host": "substring(conninfo from 'host=([^ ]+)')",
    "sender_port": "substring(conninfo from 'port=([0-9]+)')::int",
}
_UP_TO_9_6 = {
    **_UP_TO_10,
    "pg_wal": "pg_xlog",
    "pg_waldump": "pg_xlogdump",
    "--waldir": "--xlogdir",
    "pg_current_wal_lsn": "pg_current_xlog_location",
    "pg_last_wal_receive_lsn": "pg_last_xlog_receive_location",
    "pg_last_wal_replay_lsn": "pg_last_xlog_replay_location",
    "pg_walfile_name": "pg_xlogfile_name",
    "replay_lsn": "replay_location",
    "flush_lsn": "flush_location",
}
_UP_TO_9_5 = {
    **_UP_TO_9_6,
    ", immediately_reserve := true": "",
    "pg_control_system()": "(SELECT NULL::bigint AS system_identifier) absent",
    "pg_control_checkpoint()": "(SELECT NULL::int AS timeline_id) absent",
    # Nothing tells there whether a receiver streams: the source's list of standbys has to.
    "pg_stat_wal_receiver": "(SELECT NULL::int AS pid, 'streaming' AS status, NULL::int AS received_tli,"
    " NULL::text AS conninfo) absent",
}

ERAS = (
    Era((13,), {}, ("wal_keep_size", "1TB"), False, _LACKS_GRANTS, False, _CHECKPOINT_RECORD, True),
    Era((12,), _UP_TO_12, has_recovery_conf=False, lacks_for_rewind=_LACKS_GRANTS, leaves_slots=False,
        shutdown_checkpoint=_CHECKPOINT_RECORD, compares_wal_senders=True),
    Era((11,), _UP_TO_11, lacks_for_rewind=_LACKS_GRANTS, leaves_slots=False),
    Era((10,), _UP_TO_10),
    Era((9, 6), _UP_TO_9_6),
    Era((9, 5), _UP_TO_9_5, rewinds_promoted=False),
)  # fmt: skip
NEWEST, OLDEST = ERAS[0], ERAS[-1]


def era_of(version: str) -> Era | None:
    """The era of a version as PG_VERSION has it (``9.6``, ``15``); None for an older one, or what is no version."""
    parts = version.split(".")
    if not all(part.isdigit() for part in parts):
        return None
    number = tuple(map(int, parts))
    return next((era for era in ERAS if number >= era.since), None)
