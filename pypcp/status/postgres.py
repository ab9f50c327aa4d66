"""How a PostgreSQL sees itself, over SQL: 9.5 to 18."""

from __future__ import annotations

import json

from pypcp.errors import MalformedReply
from pypcp.postgres import lsn
from pypcp.postgres.instance import Receiver, Sender
from pypcp.sql.conninfo import shown
from pypcp.status.facts import Server

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pypcp.sql import Way

# Both branches of CASE are parsed, so that functions which a version does not have must not stand in the text.
_SINCE_10 = """
SELECT json_build_object(
  'version', current_setting('server_version_num')::int,
  'in_recovery', pg_is_in_recovery(),
  'system_identifier', (SELECT system_identifier::text FROM pg_control_system()),
  'timeline', CASE WHEN pg_is_in_recovery()
     THEN (SELECT greatest(checkpoint.timeline_id, recovery.min_recovery_end_timeline)
             FROM pg_control_checkpoint() checkpoint, pg_control_recovery() recovery)
     ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END,
  'lsn', CASE WHEN pg_is_in_recovery() THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
     ELSE pg_current_wal_lsn() END,
  'replayed', pg_last_wal_replay_lsn(),
  'senders', (SELECT coalesce(json_agg(json_build_object('name', application_name, 'address', host(client_addr),
     'state', state, 'replay', replay_lsn)), '[]') FROM pg_stat_replication),
  'receiver', (SELECT row_to_json(receiver) FROM pg_stat_wal_receiver receiver)
)::text AS told
"""
# 9.6 has no sender_host (11), 9.5 neither receiver nor control data over SQL.
_UNTIL_9_6 = """
SELECT json_build_object(
  'version', current_setting('server_version_num')::int,
  'in_recovery', pg_is_in_recovery(),
  'timeline', CASE WHEN pg_is_in_recovery() THEN NULL
     ELSE ('x' || substr(pg_xlogfile_name(pg_current_xlog_location()), 1, 8))::bit(32)::int END,
  'lsn', CASE WHEN pg_is_in_recovery() THEN greatest(pg_last_xlog_receive_location(), pg_last_xlog_replay_location())
     ELSE pg_current_xlog_location() END,
  'replayed', pg_last_xlog_replay_location(),
  'senders', (SELECT coalesce(json_agg(json_build_object('name', application_name, 'address', host(client_addr),
     'state', state, 'replay', replay_location)), '[]') FROM pg_stat_replication)
)::text AS told
"""


def look(conninfo: str, timeout: float, way: Way) -> Server:
    """What the server at ``conninfo`` says of itself. Raises ConnectionFailed, OperationFailed and DeadlinePassed."""
    tried = f"ask PostgreSQL on {shown(conninfo)}"
    version = way.query(conninfo, "SELECT current_setting('server_version_num') AS n", timeout, tried)[0]["n"]
    sql = _SINCE_10 if int(version) >= 100000 else _UNTIL_9_6
    return server(way.query(conninfo, sql, timeout, tried)[0]["told"])


def server(told: str) -> Server:
    """The record for what the query returns. Raises MalformedReply."""
    try:
        value: dict[str, Any] = json.loads(told)
        receiver = _receiver(value.get("receiver"))
        timelines = [line for line in (value.get("timeline"), receiver.timeline if receiver else None) if line]
        identifier = value.get("system_identifier")
        return Server(
            version=int(value["version"]),
            in_recovery=bool(value["in_recovery"]),
            system_identifier=int(identifier) if identifier else None,
            timeline=max(timelines, default=None),
            lsn=_position(value.get("lsn")),
            replayed=_position(value.get("replayed")) if value["in_recovery"] else None,
            senders=tuple(_sender(sender) for sender in value.get("senders") or ()),
            receiver=receiver,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MalformedReply("read what PostgreSQL says of itself", str(error)) from None


def _receiver(told: dict[str, Any] | None) -> Receiver | None:
    """The WAL receiver; a user who may not see it is told nothing but that it is there."""
    if not told or not told.get("pid"):
        return None
    return Receiver(
        told.get("status") or "unknown", told.get("received_tli"), told.get("sender_host"), told.get("sender_port")
    )


def _sender(told: dict[str, Any]) -> Sender:
    return Sender(
        told.get("name") or "", told.get("address"), told.get("state") or "unknown", _position(told.get("replay"))
    )


def _position(text: str | None) -> int | None:
    return lsn.parse(text) if text else None
