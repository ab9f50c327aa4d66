"""Look at one instance in one round trip. Nothing is changed on the host."""

from __future__ import annotations

import json
import re
from typing import Any

from pypcp.errors import OperationFailed
from pypcp.hosts import document
from pypcp.hosts.document import NOTHING, Item
from pypcp.hosts.host import Host
from pypcp.hosts.shell import NO_SUCH_PATH
from pypcp.postgres import configfile, controldata, eras, lsn, scripts, waldump
from pypcp.postgres.instance import Instance, Journal, Receiver, Sender, Server, Tablespace

# Settings that must agree between the servers, or that a rewind, a start or a switchover depends on.
_SETTINGS = (
    "data_directory,port,listen_addresses,unix_socket_directories,primary_conninfo,"
    "primary_slot_name,restore_command,archive_mode,archive_command,full_page_writes,hot_standby,wal_log_hints,"
    "data_checksums,wal_keep_size,synchronous_standby_names,max_connections,max_worker_processes,max_wal_senders,max_prepared_transactions,"
    "max_locks_per_transaction"
)
QUERY = f"""
SELECT json_build_object(
 'version', current_setting('server_version_num')::int,
 'in_recovery', pg_is_in_recovery(),
 'system_identifier', (SELECT system_identifier::text FROM pg_control_system()),
 'timeline', CASE WHEN pg_is_in_recovery()
   THEN coalesce((SELECT received_tli FROM pg_stat_wal_receiver), (SELECT timeline_id FROM pg_control_checkpoint()))
   ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int END,
 'lsn', CASE WHEN pg_is_in_recovery()
   THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) ELSE pg_current_wal_lsn() END,
 'settings', (SELECT json_object_agg(name, setting) FROM pg_settings
              WHERE name = ANY (string_to_array('{_SETTINGS}', ','))),
 'senders', (SELECT coalesce(json_agg(json_build_object('application_name', application_name,
   'client_address', host(client_addr), 'state', state, 'replay', replay_lsn)), '[]') FROM pg_stat_replication),
 'receiver', (SELECT json_build_object('status', status, 'timeline', received_tli, 'host', sender_host,
   'port', sender_port) FROM pg_stat_wal_receiver WHERE pid IS NOT NULL))
"""


# For each version that spells it otherwise; the last is for all the rest.
_QUERIES = [
    word
    for era in reversed(eras.ERAS)
    for word in ("*" if era is eras.NEWEST else ".".join(map(str, era.since)), era.spelled(QUERY))
]


def owner_to_be(host: Host, data_directory: str, wished: str = "") -> str:
    """Who is to own a data directory that is missing or empty: ``wished``, or whoever owns what is around it.

    Raises OperationFailed when nobody can, or nothing should be made there, and what ``Host.run`` raises.
    """
    answer = host.run(scripts.text("owner"), [data_directory, wished])
    answer.or_fail(f"find out who is to own {data_directory} on {host.name}")
    return answer.stdout.decode("utf-8", "replace").strip()


class NoDataDirectory(OperationFailed):
    """The path that should be a data directory is not there, or cannot be reached."""


def look(
    host: Host, data_directory: str, bindir: str = "", timeout: float = 120.0, *, version: str = "", as_user: str = ""
) -> Instance:
    """Everything about the instance in ``data_directory`` on ``host``; ``bindir`` says where its programs are.

    ``version`` and ``as_user`` are for a directory that is missing or empty: what it is to hold, and whose it is to be.

    Raises NoDataDirectory when the path is not there, OperationFailed when it could not be looked at (sudo refused),
    MalformedReply for an answer that cannot be read, and what ``Host.run`` raises.
    """
    tried = f"look at {data_directory} on {host.name}"
    args = [data_directory, bindir, version, *_QUERIES]
    script = document.ITEM + scripts.text("fingerprint", "look")
    owner = None if as_user else data_directory
    asked = host.run(script, args, as_user=as_user or None, owner_of=owner, timeout=timeout)
    if asked.exit == NO_SUCH_PATH:
        raise NoDataDirectory(tried, asked.said, "Compare with pgpool's backend_data_directory: pypcp pool-status")
    asked.or_fail(tried, "It must be possible to become the owner of the data directory: as root, or by sudo.")
    with document.reading(tried):
        return _instance(host.name, data_directory, document.parse(asked.stdout))


def _instance(host: str, data_directory: str, items: dict[str, Item]) -> Instance:
    def text(name: str) -> str:
        item = items.get(name, NOTHING)
        return item.text if item.exit == 0 else ""

    era = eras.era_of(text("version").strip()) or eras.NEWEST
    control, control_error = _control(items.get("control", NOTHING))
    server, server_error = _server(items.get("server", NOTHING), control)
    standby_conf, saved = ("recovery", "saved_recovery") if era.has_recovery_conf else ("auto", "saved_auto")
    pid = int(text("running")) if text("running") else None
    histories = {int(name[8:16], 16): item.text for name, item in items.items() if name.startswith("history:")}
    pidfile = text("pidfile").splitlines() if pid else []
    settings = server.settings if server else _settings(items)
    return Instance(
        host=host,
        data_directory=data_directory,
        real_directory=text("real"),
        owner=text("user").strip(),
        identity=text("machine") + text("stat"),
        fingerprint=text("fingerprint").strip(),
        version=text("version").strip(),
        bindir=text("bin"),
        tools=frozenset(text("tools").split()),
        control=control,
        control_error=control_error,
        files=frozenset(text("files").split("\n")),
        config_file=text("config"),
        settings={**(configfile.settings(text("recovery")) if era.has_recovery_conf else {}), **settings},
        standby_conf=text(standby_conf),
        options=(text("began") and text("saved_opts")) or text("opts"),
        histories=histories,
        wal_files=tuple(text("wal_files").split()),
        wal_end=_wal_end(items, control, era) if control else None,
        last_record=waldump.last_record(text("wal_end") + text("wal_end_recovery")),
        pid=pid,
        strays=_strays(text("processes"), text("real"), pid),
        server=server,
        server_error=server_error if pid else "",
        journal=_journal(items, text("state"), text(saved)),
        triggers=tuple(text("triggers").splitlines()),
        free_bytes=_free(text("space")),
        managers=tuple(text("managers").split()),
        repairs=tuple(text("repairs").splitlines()),
        unarchived=tuple(text("unarchived").split()),
        logical_slots=tuple(text("logical_slots").splitlines()),
        vacant=items.get("vacant", NOTHING).exit == 0,
        replaceable=items.get("replaceable", NOTHING).exit == 0,
        writable=items.get("writable", NOTHING).exit == 0,
        mounts=_mounts(text("devices")),
        tablespaces=_tablespaces(text("tablespaces")),
        machine=text("machine"),
        wal_link=text("wal_link").removesuffix("\n"),
        wal_replaceable=items.get("wal_replaceable", NOTHING).exit == 0,
        port=int(pidfile[3]) if len(pidfile) > 3 else None,
        socket=pidfile[4] if len(pidfile) > 4 else "",
    )


def _tablespaces(listing: str) -> tuple[Tablespace, ...]:
    """The links in pg_tblspc: number and path, each ended by a NUL."""
    words = listing.split("\0")[:-1]
    return tuple(Tablespace(int(oid), path) for oid, path in zip(words[::2], words[1::2], strict=True))


def _mounts(listing: str) -> tuple[str, ...]:
    """The directories in a data directory that are on another device than itself, which comes first."""
    found = [line.partition(" ") for line in listing.split("\0")[:-1]]
    return tuple(name for device, _, name in found if device != found[0][0])


def _control(item: Item) -> tuple[controldata.ControlData | None, str]:
    try:
        return controldata.parse(item.text), ""
    except ValueError as why:
        return None, item.text.strip() if item.exit else str(why)


def _settings(items: dict[str, Item]) -> dict[str, str]:
    found = {name.removeprefix("setting:"): item for name, item in items.items() if name.startswith("setting:")}
    return {name: item.text.strip() for name, item in found.items() if item.exit == 0}


def _server(item: Item, control: controldata.ControlData | None) -> tuple[Server | None, str]:
    """The server; what 9.5 has no SQL for is taken from its control file."""
    if item.exit:
        return None, item.text.strip() or "psql is missing"
    told: dict[str, Any] = json.loads(item.text)
    receiver = told["receiver"]
    if not control and not told["system_identifier"]:
        return None, "its control file cannot be read"
    return Server(
        version=told["version"],
        in_recovery=told["in_recovery"],
        system_identifier=int(told["system_identifier"] or (control.system_identifier if control else 0)),
        timeline=told["timeline"] or (control.last_timeline if control else 0),
        lsn=lsn.parse(told["lsn"]) if told["lsn"] else 0,
        settings=told["settings"],
        senders=tuple(_sender(each) for each in told["senders"]),
        receiver=Receiver(*map(receiver.get, ("status", "timeline", "host", "port"))) if receiver else None,
    ), ""


def _sender(told: dict[str, Any]) -> Sender:
    replay = lsn.parse(told["replay"]) if told["replay"] else None
    return Sender(told["application_name"], told["client_address"], told["state"], replay)


def _wal_end(items: dict[str, Item], control: controldata.ControlData, era: eras.Era) -> int | None:
    """Where the WAL ends; of a standby the larger of that and its minimum recovery point.

    A standby that has not come far after a rewind or a base backup may have no WAL that can be read: its data reach no
    further than the minimum recovery point (xlog.c, ``UpdateMinRecoveryPoint``), the rest it streams.
    """
    known = _end_that_was_read(items, control)
    if known is None:
        known = end_of_shutdown(control, era)
    if known is None and control.state in (controldata.CLEAN_STANDBY, controldata.ARCHIVE_RECOVERY):
        return control.minimum_recovery or None
    return known


def _end_that_was_read(items: dict[str, Item], control: controldata.ControlData) -> int | None:
    ends = [
        end
        for name in ("wal_end", "wal_end_recovery")
        if name in items and (end := waldump.end_of_wal(items[name].text, control.segment_size)) is not None
    ]
    return max([*ends, control.minimum_recovery]) if ends else None


def end_of_shutdown(control: controldata.ControlData, era: eras.Era) -> int | None:
    """Where the WAL ends when the dump tool cannot tell: 9.x has it in a package of its own, and small builds lack it.

    Of a server that was shut down cleanly the last record is the checkpoint, whose place and length are known.
    """
    if control.state != controldata.CLEAN:
        return None
    end = lsn.record_end(control.checkpoint, era.shutdown_checkpoint, control.segment_size)
    return lsn.settled(end, control.segment_size)


def _strays(listing: str, real: str, pid: int | None) -> tuple[int, ...]:
    if pid or not real:
        return ()
    here = re.compile(r"/proc/(\d+)/cwd -> " + re.escape(real) + "$", re.MULTILINE)
    return tuple(int(found[1]) for found in here.finditer(listing))


def _journal(items: dict[str, Item], directory: str, standby_conf: str) -> Journal:
    began = items.get("began", NOTHING)
    return Journal(
        directory,
        rewind_began=began.exit == 0,
        rewind_timeline=int(began.text) if began.exit == 0 and began.text.strip().isdigit() else 0,
        saved=items.get("saved", NOTHING).exit == 0,
        control_is_saved=items.get("untouched", NOTHING).exit == 0,
        rewind_runs=items.get("rewinding", NOTHING).exit == 0,
        saved_standby_conf=standby_conf,
        swap_began=items.get("swapping", NOTHING).exit == 0,
        swapped=items.get("swapped", NOTHING).exit == 0,
    )


def _free(listing: str) -> int:
    """The least free space among the file systems that df listed, in bytes."""
    free = [int(line.split()[3]) * 1024 for line in listing.splitlines()[1:] if len(line.split()) >= 6]
    return min(free, default=0)
