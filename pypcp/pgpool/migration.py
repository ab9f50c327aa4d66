"""A pgpool.conf of one version rewritten for a newer one: what is renamed, replaced and dropped, and why. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from pypcp.errors import WrongUsage
from pypcp.pgpool import members
from pypcp.pgpool.conf import INCLUDE, ConfError, PgpoolConf
from pypcp.pgpool.parameter import Release, boolean
from pypcp.pgpool.parameter_table import TABLE
from pypcp.pgpool.parameters import ever, is_read, lookup, required, shown

_NUMBERED_LIST = (4, 2)  # from here on every host's file lists all members of the watchdog alike
_MEMBER = re.compile(r"wd_hostname|wd_port|wd_heartbeat_port|(?:other_|heartbeat_de)\w+\d")
_MODES = ("replication_mode", "master_slave_mode", "master_slave_sub_mode")


class Note(NamedTuple):
    """One thing that was done to a parameter, or that is to be known; ``kind`` is one of the words below."""

    kind: str  # renamed, replaced, changed, dropped, kept, default
    name: str
    text: str


class Migration(NamedTuple):
    """The new file, the notes in their order, and what pgpool_node_id has to hold; None where it needs no such file."""

    conf: PgpoolConf
    notes: tuple[Note, ...]
    node_id: int | None


def migrate(conf: PgpoolConf, old: Release, new: Release) -> Migration:
    """The file for ``new``; comments, order and everything that both versions have stay as they are.

    Raises WrongUsage where ``new`` is older than ``old``, and ConfError for what no setting of ``new`` can say.
    """
    if new < old:
        raise WrongUsage(f"migrate from {shown(old)} to {shown(new)}", "that is an older version")
    notes: list[Note] = []
    defaults = _changed_defaults(conf, old, new)
    node_id = None
    if old < _NUMBERED_LIST <= new:
        conf = _with_clustering_mode(conf, old, notes)
        conf, node_id = _with_members(conf, notes)
    conf = _with_new_names(conf, new, notes)
    conf = _with_new_values(conf, old, new, notes)
    return Migration(conf, (*notes, *_included(conf), *_unknown(conf, new), *defaults), node_id)


def _with_clustering_mode(conf: PgpoolConf, old: Release, notes: list[Note]) -> PgpoolConf:
    mode = _clustering_mode(conf.settings, required("master_slave_sub_mode", old).default_in(old))
    had = [name for name in _MODES if name in conf.settings]
    notes.append(Note("replaced", "backend_clustering_mode", f"{mode}, which {' and '.join(_MODES[:2])} said before"))
    return _instead_of(conf, had, {"backend_clustering_mode": mode})


def _clustering_mode(settings: Mapping[str, str], default: str) -> str:
    if boolean(settings.get("replication_mode", "off")):
        return "native_replication"
    if not boolean(settings.get("master_slave_mode", "off")):
        return "raw"
    sub_mode = settings.get("master_slave_sub_mode", default).lower()
    return {"stream": "streaming_replication", "logical": "logical_replication"}.get(sub_mode, sub_mode)


def _with_members(conf: PgpoolConf, notes: list[Note]) -> tuple[PgpoolConf, int | None]:
    """The watchdog's members as a numbered list, the number of this one; without a watchdog they are dropped."""
    had = [name for name in conf.settings if _MEMBER.fullmatch(name)]
    if not boolean(conf.settings.get("use_watchdog", "off")):
        notes.extend(Note("dropped", name, "there is no watchdog, and 4.2 names its members otherwise") for name in had)
        return conf.changed(dict.fromkeys(had)), None
    found, own = members.listed(conf.settings)
    listed = members.settings_of(found)
    for number, member in enumerate(found):
        place = "this host" if number == own else "another"
        notes.append(Note("replaced", f"hostname{number}", f"{member.hostname}, {place}; with its ports and heartbeat"))
    notes.append(Note("replaced", "pgpool_node_id", f"a file of its own beside pgpool.conf, which holds {own} here"))
    return _instead_of(conf, [name for name in had if name not in listed], listed), own


def _instead_of(conf: PgpoolConf, old: list[str], new: Mapping[str, str]) -> PgpoolConf:
    """With the old settings commented out, the new ones at the end: there no comment says something else of them."""
    return conf.changed({**dict.fromkeys(old), **new})


def _with_new_names(conf: PgpoolConf, new: Release, notes: list[Note]) -> PgpoolConf:
    renamed, dropped = {}, []
    for name in conf.settings:
        former = ever(name)
        if not former or lookup(name, new) or not former.now or former.until > new:
            continue
        if former.now in conf.settings:
            dropped.append(name)
            notes.append(Note("dropped", name, f"{former.now}, its name of today, is set too"))
        else:
            renamed[name] = former.now
            notes.append(Note("renamed", name, f"to {former.now}"))
    return conf.changed(dict.fromkeys(dropped)).renamed(renamed)


def _with_new_values(conf: PgpoolConf, old: Release, new: Release, notes: list[Note]) -> PgpoolConf:
    wanted = {}
    for name, value in conf.settings.items():
        changed = _new_value(name, value, old, new)
        parameter = lookup(name, new)
        if changed != value:
            wanted[name] = changed
            notes.append(Note("changed", name, f"from {value} to {changed}"))
        if parameter and not parameter.is_secret and (wrong := parameter.complaint(changed, new)):
            raise ConfError(
                f"migrate {name} to {shown(new)}", f"{changed!r} {wrong}", "Change it in the old file first."
            )
    return conf.changed(wanted)


def _new_value(name: str, value: str, old: Release, new: Release) -> str:
    """The value in the words and units of the new version."""
    if name == "relcache_query_target" and value.lower() == "master" and new >= (4, 2):
        return "primary"
    if name.startswith("backend_flag") and new >= (4, 2):
        return re.sub(r"\bALWAYS_MASTER\b", "ALWAYS_PRIMARY", value)
    if name == "delay_threshold_by_time" and old < (4, 5) <= new and value.isdecimal():
        return f"{value}s"  # a bare number counts milliseconds from 4.5 on
    return value


def _included(conf: PgpoolConf) -> list[Note]:
    text = "is not looked into: migrate it by itself"
    return [Note("kept", INCLUDE, f"{entry.value} {text}") for entry in conf.entries if entry.name == INCLUDE]


def _unknown(conf: PgpoolConf, new: Release) -> list[Note]:
    return [
        Note("kept", name, f"pgpool {shown(new)} knows no such parameter, and ignores it without a word")
        for name in conf.settings
        if not is_read(name, new)
    ]


def _changed_defaults(conf: PgpoolConf, old: Release, new: Release) -> list[Note]:
    """What the old file leaves to a default that is another one in the new version."""
    return [
        Note("default", row.name, f"not set, and {row.default_in(new)!r} by default now; was {row.default_in(old)!r}")
        for row in TABLE
        if row.is_in(old) and row.is_in(new) and not row.is_numbered and row.name not in conf.settings
        if row.meaning(row.default_in(old)) != row.meaning(row.default_in(new))
    ]
