"""What makes a standby of an instance: which file, with which text.

From 12 on that is standby.signal, and primary_conninfo in postgresql.auto.conf; up to 11 it is all in recovery.conf
(PostgreSQL 12 release notes: "Move recovery.conf settings into postgresql.conf").
"""

from __future__ import annotations

from dataclasses import dataclass

from pypcp.postgres import configfile
from pypcp.postgres.eras import Era
from pypcp.postgres.instance import Instance

# Where recovery is to end: a standby that found one of these would promote itself there, or stop.
_TARGETS = ("", "_name", "_time", "_xid", "_lsn", "_inclusive", "_action")


@dataclass(frozen=True)
class StandbyConf:
    """The file in the data directory that says whom to follow, and its whole text. It may hold a password."""

    name: str
    text: str


def as_standby(instance: Instance, primary_conninfo: str) -> StandbyConf:
    """The instance's own file, with that connection string; all else that it says of slot, archive, trigger stays.

    Raises ValueError for a connection string that no configuration file can hold.
    """
    return _following(instance.era, instance.own_standby_conf, {"primary_conninfo": primary_conninfo})


def as_first_standby(source: Instance, primary_conninfo: str, port: int | None) -> StandbyConf:
    """The same for a copy of ``source`` that has nothing of its own: what ALTER SYSTEM set there stays, but its slot.

    ``port`` is the one that it is to have where its configuration says otherwise. Up to 11 that has no place here.
    """
    wanted = {"primary_conninfo": primary_conninfo}
    if source.era.has_recovery_conf:
        return _following(source.era, "", wanted)
    own = configfile.without(source.standby_conf, "primary_slot_name")
    return _following(source.era, own, {**wanted, **({"port": str(port)} if port else {})})


def _following(era: Era, own: str, wanted: dict[str, str]) -> StandbyConf:
    if not era.has_recovery_conf:
        return StandbyConf("postgresql.auto.conf", configfile.with_settings(own, wanted))
    for ending in _TARGETS:
        own = configfile.without(own, f"recovery_target{ending}")
    wanted = {"standby_mode": "on", **wanted, "recovery_target_timeline": "latest"}
    return StandbyConf("recovery.conf", configfile.with_settings(own, wanted))
