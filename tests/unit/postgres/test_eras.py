"""What older versions call otherwise, and how a standby is made there."""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path

import pytest

from pypcp.hosts.document import Item
from pypcp.postgres import configfile, controldata, lsn
from pypcp.postgres import scripts as postgres_scripts
from pypcp.postgres.eras import ERAS, NEWEST, OLDEST, SUPERUSER, era_of
from pypcp.postgres.instance import Journal
from pypcp.postgres.look import _QUERIES, _wal_end, end_of_shutdown
from pypcp.postgres.recovery import as_standby
from pypcp.postgres.waldump import commits, end_of_wal
from pypcp.rejoin import scripts
from tests.unit.rejoin import worlds as w

TODAYS = ("pg_wal", "pg_waldump", "_wal_lsn", "pg_walfile_name", "replay_lsn", "wal_keep_size", "standby.signal")


@pytest.mark.parametrize(
    ("version", "since"),
    [("9.5", (9, 5)), ("9.6", (9, 6)), ("10", (10,)), ("11", (11,)), ("12", (12,)), ("13", (13,)), ("18", (13,))],
)
def test_each_version_has_its_era(version: str, since: tuple[int, ...]) -> None:
    era = era_of(version)
    assert era and era.since == since


@pytest.mark.parametrize("version", ["9.4", "8.4", "", "beta", "10devel", "-1"])
def test_what_is_older_or_no_version_has_none(version: str) -> None:
    assert era_of(version) is None


SCRIPTS = sorted(
    path for package in (scripts, postgres_scripts) for path in Path(str(package.__file__)).parent.glob("*.sh")
)


@pytest.mark.parametrize("script", [each for each in SCRIPTS if each.stem != "look"], ids=lambda path: str(path.stem))
def test_nothing_of_today_is_left_in_the_oldest_words(script: Path) -> None:
    """look.sh is not among them: it runs before the version is known, and finds out."""
    text = OLDEST.spelled(script.read_text())
    assert not [name for name in TODAYS if name in text]


def test_nothing_of_today_is_left_in_the_oldest_query() -> None:
    assert not [name for name in (*TODAYS, "sender_host") if name in _QUERIES[1]]


def test_the_newest_words_are_those_that_are_written() -> None:
    assert NEWEST.spelled(scripts.text("rewind")) == scripts.text("rewind")


def test_only_whole_words_are_replaced() -> None:
    assert OLDEST.spelled("replay_lsn pg_last_wal_replay_lsn() my_pg_wal x.replay_lsn $dir/pg_wal/.") == (
        "replay_location pg_last_xlog_replay_location() my_pg_wal x.replay_lsn $dir/pg_xlog/."
    )


def test_each_old_version_has_its_query_before_that_of_all_others() -> None:
    assert _QUERIES[::2] == ["9.5", "9.6", "10", "11", "12", "*"]
    assert ["pg_control_system()" in query for query in _QUERIES[1::2]] == [False, True, True, True, True, True]


def test_up_to_10_only_a_superuser_can_rewind() -> None:
    assert [SUPERUSER in era.lacks_for_rewind for era in ERAS] == [False, False, False, True, True, True]


OWN = """\
# of this node
standby_mode = 'off'
primary_conninfo = 'host=old user=repl'
primary_slot_name = 'ser'
trigger_file = '/var/run/promote it\'\'s'
restore_command = 'cp /archive/%f "%p"'
recovery_target_time = '2020-01-01'
recovery_target_inclusive = off
recovery_end_command = 'true'
"""


@pytest.mark.parametrize("version", ["9.5", "9.6", "10", "11"])
def test_recovery_conf_is_completed_and_the_rest_of_it_kept(version: str) -> None:
    target = w.with_target(w.STOPPED, version=version, standby_conf=OWN).target.instance
    assert target
    conf = as_standby(target, "host=bak user=repl password='it\\'s'")
    assert conf.name == "recovery.conf"
    assert conf.text.startswith("# of this node\n")
    assert configfile.settings(conf.text) == {
        "standby_mode": "on",
        "primary_conninfo": "host=bak user=repl password='it\\'s'",
        "recovery_target_timeline": "latest",
        "primary_slot_name": "ser",
        "trigger_file": "/var/run/promote it's",
        "restore_command": 'cp /archive/%f "%p"',
        "recovery_end_command": "true",
    }


def test_the_saved_recovery_conf_counts_once_a_rewind_has_begun() -> None:
    journal = Journal("/s", rewind_began=True, saved=True, saved_standby_conf="primary_slot_name = 'mine'\n")
    target = w.with_target(w.STOPPED, version="11", standby_conf=OWN, journal=journal).target.instance
    assert target
    assert configfile.settings(as_standby(target, "host=bak").text)["primary_slot_name"] == "mine"


def restored(tmp_path: Path, version: str) -> Path:
    """What the step that gives a node its own files back makes of a directory that was rewound just now."""
    era = era_of(version)
    assert era
    data, saved = tmp_path / "data", tmp_path / "state" / "saved"
    for folder in (data / "pg_replslot" / "of_the_source", saved / "data"):
        folder.mkdir(parents=True)
    (saved / "COMPLETE").touch()
    (saved / "data" / "pg_hba.conf").write_text("mine\n")
    (data / "pg_hba.conf").write_text("the source's\n")
    (data / "recovery.done").write_text("primary_conninfo = 'to the target itself'\n")
    (data / era.standby_marker).write_text("standby_mode = 'on'\n")
    args: list[str | Path] = ["/bin", data, tmp_path / "state", *(["slots"] if era.leaves_slots else [])]
    subprocess.run(["sh", "-c", era.spelled(scripts.text("restore")), "sh", *args], check=True)
    return data


@pytest.mark.parametrize("version", ["9.6", "15"])
def test_wal_from_before_the_fork_comes_back_where_the_rewind_removed_it(tmp_path: Path, version: str) -> None:
    era = era_of(version)
    assert era
    wal = tmp_path / "data" / era.spelled("pg_wal")
    saved = tmp_path / "state" / "saved" / era.spelled("pg_wal")
    for folder in (wal, saved, saved.parent / "data"):
        folder.mkdir(parents=True)
    (saved.parent / "COMPLETE").touch()
    for number in (1, 2, 3, 4):
        (saved / f"00000001{number:016X}").write_text("saved")
    (saved / "00000002.history").write_text("saved")
    (wal / f"00000001{2:016X}").write_text("there")

    words: list[str | Path] = ["/bin", tmp_path / "data", tmp_path / "state", "", f"{3:016X}"]
    subprocess.run(["sh", "-c", era.spelled(scripts.text("restore")), "sh", *words], check=True)

    found = {file.name[8:].lstrip("0"): file.read_text() for file in wal.iterdir()}
    assert found == {"1": "saved", "2": "there"}


@pytest.mark.parametrize("version", ["9.5", "9.6", "10", "11", "12", "15"])
def test_after_a_rewind_a_node_has_its_own_files_and_stays_marked(tmp_path: Path, version: str) -> None:
    data = restored(tmp_path, version)
    assert (data / "pg_hba.conf").read_text() == "mine\n"
    marker = "recovery.conf" if version in ("9.5", "9.6", "10", "11") else "standby.signal"
    assert (data / marker).exists()
    assert not (data / "recovery.done").exists()


@pytest.mark.parametrize(
    ("version", "kept"), [("9.5", []), ("10", []), ("11", ["of_the_source"]), ("15", ["of_the_source"])]
)
def test_up_to_10_the_slots_that_came_along_go(tmp_path: Path, version: str, kept: list[str]) -> None:
    data = restored(tmp_path, version)
    assert [path.name for path in (data / "pg_replslot").iterdir()] == kept


# It does to the marker what the real one does to every file that the source has not, and notes what it found.
PG_REWIND = """\
#!/bin/sh
data=${1#--target-pgdata=}
cat "$data/recovery.conf" "$data/standby.signal" >"$data/../found" 2>/dev/null
rm -f "$data/recovery.conf" "$data/standby.signal"
echo "primary_conninfo = 'to the target itself'" >"$data/recovery.done"
: >"$data/backup_label"
cat >"$data/global/pg_control" <<'END'
Database cluster state: in archive recovery
Min recovery ending loc's timeline: 2
END
"""


@pytest.mark.parametrize("version", ["9.6", "10", "11", "15"])
def test_a_rewound_node_is_marked_before_and_after(tmp_path: Path, version: str) -> None:
    era = era_of(version)
    assert era
    data, state, bindir = tmp_path / "data", tmp_path / "state", tmp_path / "bin"
    wal = era.spelled("pg_wal")
    for folder in (data / "global", data / wal, state / "saved" / "data", state / "saved" / wal, bindir):
        folder.mkdir(parents=True)
    (data / "global" / "pg_control").write_text("Database cluster state: shut down\n")
    (state / "saved" / "COMPLETE").touch()
    for name, text in (("pg_rewind", PG_REWIND), ("pg_controldata", '#!/bin/sh\ncat "$1/global/pg_control"\n')):
        (bindir / name).write_text(text)
        (bindir / name).chmod(0o755)
    script: list[str | Path] = [
        "sh",
        "-c",
        era.spelled(scripts.text("rewind")),
        "sh",
        bindir,
        data,
        state,
        "host=bak",
        "2",
    ]
    subprocess.run(script, input=b"\n", check=True, timeout=30)
    marking = "standby_mode = 'on'" if era.has_recovery_conf else ""
    assert (tmp_path / "found").read_text() == marking
    assert (data / era.standby_marker).read_text() == marking
    assert (state / "rewind.exit").read_text() == "0\n"
    again = subprocess.run(script, input=b"\n", check=True, timeout=30, capture_output=True)
    assert again.stdout == b"already\n"


def test_from_12_on_only_primary_conninfo_is_set() -> None:
    target = w.with_target(w.STOPPED, version="12", standby_conf="work_mem = '1MB'\n").target.instance
    assert target
    conf = as_standby(target, "host=bak")
    assert conf.name == "postgresql.auto.conf"
    assert configfile.settings(conf.text) == {"work_mem": "1MB", "primary_conninfo": "host=bak"}


def test_end_of_wal_from_the_shutdown_checkpoint() -> None:
    """106 bytes, from 12 on 114, rounded up to 8. That it is so on real servers is seen in tests/lab."""
    stopped = dataclasses.replace(w.CONTROL, state=controldata.CLEAN, checkpoint=lsn.parse("0/3000028"))
    ends = {era.since: end_of_shutdown(stopped, era) for era in ERAS}
    assert ends.pop((13,)) == ends.pop((12,)) == lsn.parse("0/30000A0")
    assert set(ends.values()) == {lsn.parse("0/3000098")}
    crashed = dataclasses.replace(stopped, state="in production")
    assert end_of_shutdown(crashed, OLDEST) is None


def test_after_a_clean_stop_the_control_file_tells_what_the_dump_tool_cannot() -> None:
    stopped = dataclasses.replace(w.CONTROL, state=controldata.CLEAN, checkpoint=lsn.parse("0/3000028"))
    unread = {"wal_end": Item("pg_waldump: error: could not find file", 1)}
    assert _wal_end(unread, stopped, NEWEST) == end_of_shutdown(stopped, NEWEST)
    assert _wal_end(unread, dataclasses.replace(stopped, state="in production"), NEWEST) is None


@pytest.mark.parametrize("items", [{}, {"wal_end": Item("pg_waldump: error: could not find file", 1)}])
def test_a_standby_without_wal_ends_at_its_minimum_recovery_point(items: dict[str, Item]) -> None:
    def end(state: str, minimum: str) -> int | None:
        return _wal_end(items, dataclasses.replace(w.CONTROL, state=state, minimum_recovery=lsn.parse(minimum)), NEWEST)

    assert end(controldata.ARCHIVE_RECOVERY, "0/3000098") == lsn.parse("0/3000098")
    assert end(controldata.CLEAN_STANDBY, "0/3000098") == lsn.parse("0/3000098")
    assert end(controldata.CLEAN_STANDBY, "0/0") is None
    assert end("in production", "0/3000098") is None


def test_what_the_old_dump_tool_prints() -> None:
    last = (
        "rmgr: Transaction len (rec/tot):     12/    46, tx:        612, lsn: 0/030000C8, prev 0/03000028, "
        "desc: COMMIT 2016-02-03 04:05:06.789012 UTC\n"
    )
    segment = 16 << 20
    complaint = "pg_xlogdump: FATAL:  error in WAL record at 0/30000C8: invalid record length at 0/30000F8"
    assert end_of_wal(last + complaint, segment) == lsn.parse("0/30000F8")
    assert end_of_wal(last + complaint + ": wanted 24, got 0", segment) == lsn.parse("0/30000F8")
    assert commits(last).first == "2016-02-03 04:05:06.789012 UTC"


def test_control_data_of_9_5_says_current() -> None:
    lines = [
        "Database system identifier:           7", "Database cluster state:               shut down",
        "Latest checkpoint location:           0/3000028", "Latest checkpoint's REDO location:    0/3000028",
        "Latest checkpoint's TimeLineID:       1", "Minimum recovery ending location:     0/0",
        "Min recovery ending loc's timeline:   0", "Backup start location:                0/0",
        "Current wal_log_hints setting:        on", "Data page checksum version:           0",
        "Latest checkpoint's full_page_writes: on", "Catalog version number:               201510051",
        "Database block size:                  8192", "Bytes per WAL segment:                16777216",
    ]  # fmt: skip
    assert controldata.parse("\n".join(lines)).log_hints
