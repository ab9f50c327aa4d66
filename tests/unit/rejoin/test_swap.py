"""The step that puts a new copy in the place of a data directory: killed at any of its moves, the next run ends it."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pypcp.hosts.local import LocalHost
from pypcp.rejoin import scripts

POSTGRES = """#!/bin/sh
case $2 in port) echo 5432;; data_directory) echo "$4";; esac
"""
# When it is called for the n-th time it kills the script that called it: before it moves anything, after, or half-way.
DEADLY = """#!/bin/sh
echo >>"$CALLS"
[ "$(wc -l <"$CALLS")" = "$DIES_AT" ] || exec /bin/mv "$@"
case $HOW$1 in after*) /bin/mv "$@";; half-t) /bin/mv -t "$2" -- "$4";; esac
kill -KILL 0
"""


FILES = ("PG_VERSION", "backup_label", "standby.signal", "global/pg_control", "base/1/2", "pg_wal/0")


class Place:
    """A data directory and a new copy beside it; each file in them says where it belongs."""

    def __init__(self, ground: Path, within: bool = False) -> None:
        self.ground, self.data, self.state = ground, ground / "data", ground / ".pypcp-data"
        self.new = self.data / ".pypcp-new" if within else ground / "data.pypcp-new"
        self.state.mkdir()
        self.bin = ground / "bin"
        self.bin.mkdir()
        for name, text in (("postgres", POSTGRES), ("mv", DEADLY), ("sync", "#!/bin/sh\n")):
            (self.bin / name).write_text(text)
            (self.bin / name).chmod(0o755)
        self.fill(self.data, "old")
        self.fill(self.new, "new")

    def put_wal_elsewhere(self) -> None:
        for directory, word in ((self.data, "wal"), (self.new, "wal.pypcp-new")):
            (directory / "pg_wal").rename(self.ground / word)
            (directory / "pg_wal").symlink_to(self.ground / word)

    def put_tables_elsewhere(self) -> None:
        """In a tablespace whose name ends as no name should."""
        fast = self.ground / "fast "
        for directory, at, word in ((self.data, fast, "old"), (self.new, fast / ".pypcp-new-0", "new")):
            (at / "PG_15_1").mkdir(parents=True)
            (at / "PG_15_1" / "3").write_text(word)
            (directory / "pg_tblspc").mkdir()
            (directory / "pg_tblspc" / "16384").symlink_to(at)

    def fill(self, directory: Path, word: str) -> None:
        for name in FILES:
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            (directory / name).write_text(word)

    def swap(self, dies_at: int = 0, how: str = "") -> subprocess.CompletedProcess[str]:
        calls = self.ground / "calls"
        calls.unlink(missing_ok=True)
        environment = {"PATH": f"{self.bin}:/usr/bin:/bin:/usr/sbin:/sbin"}
        environment |= {"CALLS": str(calls), "DIES_AT": str(dies_at), "HOW": how}
        words = [str(self.bin), str(self.data), str(self.state), "5432", "", str(self.new)]
        return subprocess.run(
            ["sh", "-c", scripts.text("swap"), "pypcp", *words],
            env=environment, capture_output=True, text=True, timeout=60, check=False, start_new_session=True,
        )  # fmt: skip

    def words(self, directory: Path) -> set[str]:
        """What the files say that a server sees which starts there: not what pypcp has put aside in its tablespaces."""
        aside = ["-name", ".pypcp-*", "-prune"]
        find = ["find", "-L", str(directory), "-mindepth", "1", *aside, "-o", "-type", "f", "-print"]
        found = subprocess.run(find, stdout=subprocess.PIPE, text=True, check=False)
        return {Path(name).read_text() for name in found.stdout.splitlines()}

    def starts(self, directory: Path) -> set[str]:
        """The same, where a server starts at all."""
        return self.words(directory) if (directory / "global/pg_control").exists() else set()

    @property
    def kept(self) -> list[Path]:
        return [*self.ground.glob("data.before-*"), *self.data.glob(".pypcp-before-*")]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_the_copy_takes_the_place_and_the_old_directory_is_kept(place: Place) -> None:
    done = place.swap()

    assert done.returncode == 0, done.stderr
    (kept,) = place.kept
    assert done.stdout == f"{kept}\n"
    assert place.words(place.data) == {"new"} and place.words(kept) == {"old"}
    assert not place.new.exists() and [path.name for path in place.state.iterdir()] == ["swapped"]
    assert place.swap().stdout == "already\n"


@pytest.mark.parametrize("left", ["nothing", "an empty directory"])
def test_where_there_was_none_nothing_is_kept(place: Place, left: str) -> None:
    subprocess.run(["rm", "-r", place.data], check=True)
    if left != "nothing":
        place.data.mkdir()

    assert place.swap().stdout == ""

    assert place.words(place.data) == {"new"} and not place.kept


def test_wal_that_lies_elsewhere_goes_with_its_directory(place: Place) -> None:
    place.put_wal_elsewhere()

    done = place.swap()

    (kept,) = place.kept
    assert place.words(place.data) == {"new"} and place.words(kept) == {"old"}
    wal = (kept / "pg_wal").readlink()
    assert (place.data / "pg_wal").readlink() == place.ground / "wal" and wal.name.startswith("wal.before-")
    assert done.stdout == f"{kept}\n{wal}\n"


def test_tablespaces_go_with_their_directory(place: Place) -> None:
    place.put_tables_elsewhere()

    done = place.swap()

    (kept,) = place.kept
    before = place.ground / "fast " / f".pypcp-before-{kept.name.removeprefix('data.before-')}"
    assert (kept / "pg_tblspc/16384").readlink() == before
    assert (place.data / "pg_tblspc/16384").readlink() == place.ground / "fast "
    assert place.words(before) == {"old"} and place.words(place.ground / "fast " / "PG_15_1") == {"new"}
    assert done.stdout == f"{kept}\n{before}\n"


def test_a_tablespace_of_somebody_else_is_left_alone(place: Place) -> None:
    place.put_tables_elsewhere()
    (place.data / "pg_tblspc/16384").unlink()

    assert "is no tablespace of" in place.swap().stderr

    assert place.words(place.data) == {"old"} and not place.kept
    assert place.words(place.ground / "fast " / "PG_15_1") == {"old"}


def test_wal_of_somebody_else_is_left_alone(place: Place) -> None:
    place.put_wal_elsewhere()
    (place.data / "pg_wal").unlink()
    (place.data / "pg_wal").mkdir()

    assert "is not the WAL of" in place.swap().stderr

    assert place.words(place.ground / "wal") == {"old"} and place.words(place.data) == {"old"}


def test_a_link_to_the_data_directory_stays(place: Place) -> None:
    link = place.ground / "link"
    link.symlink_to(place.data)
    place.data, real = link, place.data

    assert place.swap().returncode == 0

    (kept,) = place.kept
    assert link.readlink() == real and place.words(real) == {"new"} and place.words(kept) == {"old"}


def test_where_the_directory_must_stay_its_contents_change(tmp_path: Path) -> None:
    place = Place(tmp_path, within=True)
    (place.data / "lost+found").mkdir()
    inode = place.data.stat().st_ino

    done = place.swap()

    (kept,) = place.kept
    assert done.stdout == f"{kept}\n" and place.data.stat().st_ino == inode
    assert place.words(place.data) == {"new"} and place.words(kept) == {"old"}
    assert {path.name for path in place.data.iterdir()} >= {"lost+found", kept.name} and not place.new.exists()


def test_an_empty_directory_that_must_stay_is_filled(tmp_path: Path) -> None:
    place = Place(tmp_path, within=True)
    for path in place.data.iterdir():
        if path != place.new:
            subprocess.run(["rm", "-r", path], check=True)

    assert place.swap().stdout == ""

    assert place.words(place.data) == {"new"} and not place.kept


@pytest.mark.parametrize("how", ["before", "after", "half"])
@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize("within", [False, True])
def test_killed_at_each_of_its_moves_it_is_ended_by_the_next(
    tmp_path: Path, how: str, elsewhere: bool, within: bool
) -> None:
    for number in range(1, 50):
        ground = tmp_path / str(number)
        ground.mkdir()
        place = Place(ground, within)
        if elsewhere:
            place.put_wal_elsewhere()
            place.put_tables_elsewhere()
        killed = place.swap(number, how)
        if killed.returncode == 0:
            break
        for directory in (place.data, place.new, *place.kept):
            assert len(place.starts(directory)) < 2  # never a mixture
        assert not place.starts(place.data) or all((place.data / name).exists() for name in FILES)

        done = place.swap()

        assert done.returncode == 0, done.stderr
        (kept,) = place.kept
        assert place.starts(place.data) == {"new"} and place.starts(kept) == {"old"}
    assert number > (11 if elsewhere else 3)


def test_what_the_primary_sees_too_is_not_the_targets(tmp_path: Path) -> None:
    words = ["/bin", "/data", str(tmp_path / "x"), str(tmp_path)]
    assert LocalHost().run(scripts.text("apart"), words[:3]).exit == 0
    answer = LocalHost().run(scripts.text("apart"), words)
    assert answer.exit == 1 and f"{tmp_path} of the target is here, too" in answer.said


def test_what_would_run_elsewhere_is_not_put_there(place: Place) -> None:
    (place.bin / "postgres").write_text(POSTGRES.replace('"$4"', "/elsewhere"))
    assert "names the data directory /elsewhere" in place.swap().stderr
    (place.bin / "postgres").write_text(POSTGRES.replace("5432", "5433"))
    assert "has port 5433, pgpool expects 5432" in place.swap().stderr
    (place.bin / "postgres").write_text(POSTGRES)
    (place.new / "standby.signal").unlink()
    assert "is not marked as a standby's" in place.swap().stderr
    assert place.words(place.data) == {"old"} and not place.kept


OWNER = (Path(scripts.__file__).parents[2] / "postgres" / "scripts" / "owner.sh").read_text()


@pytest.mark.parametrize(
    ("directory", "wished", "said"),
    [
        ("/", "", "cannot be a data directory"),
        ("/root", "", "is somebody's home"),
        ("/nowhere/at/all", "", "is a file system not mounted?"),
        ("{}/x", "root", "root cannot own a data directory"),
        ("{}/x", "-u", "-u cannot own a data directory"),
        ("{}/x", "nobody-of-this-name", "there is no user nobody-of-this-name"),
    ],
)
def test_who_may_not_own_a_data_directory_and_where(tmp_path: Path, directory: str, wished: str, said: str) -> None:
    answer = LocalHost().run(OWNER, [directory.format(tmp_path), wished])
    assert answer.exit == 1 and said in answer.said and answer.stdout == b""


def test_a_data_directory_is_to_belong_to_who_owns_what_is_around_it(tmp_path: Path) -> None:
    around, wished = getpass.getuser(), getpass.getuser()
    if os.getuid() == 0:  # it never is root's
        around, wished = "daemon", "nobody"
        shutil.chown(tmp_path, around)
    for said, answer in ((around, ""), (wished, wished)):
        assert LocalHost().run(OWNER, [f"{tmp_path}/x", answer]).stdout.decode() == f"{said}\n"
