"""What a killed process leaves is removed by the next one; what is in use or somebody else's is not."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pypcp.hosts.socket_directory import PREFIX, SocketDirectory

# Prints its directory, with a file in it as ssh leaves its socket, and waits.
OTHER = """
from pypcp.hosts.socket_directory import SocketDirectory
directory = SocketDirectory()
open(directory.path + "/c", "w").close()
print(directory.path, flush=True)
input()
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


@pytest.fixture
def other(place: Path) -> Iterator[subprocess.Popen[str]]:
    words = [sys.executable, "-c", OTHER]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        yield child
        child.kill()


def line_of(child: subprocess.Popen[str]) -> Path:
    assert child.stdout
    return Path(child.stdout.readline().rstrip("\n"))


def names(place: Path) -> set[str]:
    return set(os.listdir(place))


def test_it_is_ours_alone_and_gone_after_the_end(place: Path) -> None:
    directory = SocketDirectory()
    path = Path(directory.path)
    assert path.parent == place and path.name.startswith(PREFIX) and path.stat().st_mode & 0o777 == 0o700
    (path / "c").touch()
    directory.close()
    directory.close()
    assert names(place) == set()


def test_that_of_one_that_lives_stays_and_that_of_one_that_was_killed_goes(
    place: Path, other: subprocess.Popen[str]
) -> None:
    path = line_of(other)
    SocketDirectory().close()
    assert names(place) == {path.name} and names(path) == {"c"}
    other.kill()
    other.wait()
    SocketDirectory().close()
    assert names(place) == set()


def test_what_is_not_left_by_ours_stays(place: Path) -> None:
    precious = place / "precious"
    precious.mkdir()
    (precious / "file").touch()
    (place / f"{PREFIX}link").symlink_to(precious)
    (place / f"{PREFIX}file").touch()
    (place / f"{PREFIX}open").mkdir()
    (place / f"{PREFIX}open").chmod(0o755)
    (place / f"{PREFIX}full").mkdir(mode=0o700)
    (place / f"{PREFIX}full" / "directory").mkdir()
    (place / "pypcp-demo").mkdir(mode=0o700)
    before = names(place)
    SocketDirectory().close()
    assert names(place) == before and names(precious) == {"file"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory to another user")
def test_that_of_another_user_stays(place: Path) -> None:
    theirs = place / f"{PREFIX}theirs"
    theirs.mkdir(mode=0o700)
    os.chown(theirs, 65534, 65534)
    SocketDirectory().close()
    assert names(place) == {theirs.name}


def test_a_place_that_cannot_be_read_is_no_obstacle(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def scandir(_: str) -> Iterator[os.DirEntry[str]]:
        raise PermissionError

    monkeypatch.setattr(os, "scandir", scandir)
    SocketDirectory().close()
    assert names(place) == set()
