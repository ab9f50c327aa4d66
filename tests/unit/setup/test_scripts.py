"""What setup runs on a host, run on this one, in a directory of the test's own."""

from __future__ import annotations

import getpass
from pathlib import Path

import pytest

from pypcp.hosts import document
from pypcp.hosts.host import Finished
from pypcp.hosts.local import LocalHost
from pypcp.setup import scripts

HOST = LocalHost()


def write(path: Path, content: bytes, mode: str = "600", size: int | None = None) -> Finished:
    args = [str(path), mode, getpass.getuser(), str(len(content) if size is None else size)]
    return HOST.run(scripts.text("write"), args, stdin=content)


def test_a_file_is_replaced_with_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "new directory" / "it's"
    for content, mode in ((b"first\0\xff", "600"), (b"", "444")):
        assert write(file, content, mode).exit == 0
        assert file.read_bytes() == content
        assert f"{file.stat().st_mode & 0o777:o}" == mode
    assert [each.name for each in file.parent.iterdir()] == ["it's"]


def test_what_came_only_in_part_replaces_nothing(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("whole")
    done = write(file, b"par", size=7)
    assert done.exit == 1 and "only a part" in done.said
    assert file.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("kind", ["link", "directory"])
def test_what_is_no_file_is_left_alone(tmp_path: Path, kind: str) -> None:
    target, place = tmp_path / "target", tmp_path / "place"
    target.write_text("others'")
    place.symlink_to(target) if kind == "link" else place.mkdir()
    assert write(place, b"ours").exit == 1
    assert target.read_text() == "others'"
    assert place.is_symlink() if kind == "link" else place.is_dir()


def in_home(script: str, home: Path, *args: str) -> Finished:
    """A script with ``home`` as the home directory of whoever runs it."""
    text = document.ITEM + scripts.text(script) if script == "backups" else scripts.text(script)
    return HOST.run('HOME=$1; export HOME; shift; exec sh -c "$@"', [str(home), text, "pypcp", *args])


def newest(home: Path) -> dict[str, document.Item]:
    """What the newest backup tells."""
    return document.parse(in_home("backups", home).stdout)


def test_a_backup_that_is_not_whole_is_none(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("text")
    (tmp_path / "link").symlink_to(kept)
    failed = in_home("backup", tmp_path, "20260101T000000.0Z", "no", "", "", str(kept), str(tmp_path / "link"))
    assert failed.exit == 1 and "no regular file" in failed.said
    assert newest(tmp_path) == {}

    done = in_home("backup", tmp_path, "20260102T000000.0Z", "no", "", "", str(kept), str(tmp_path / "absent"))
    directory = Path(done.stdout.decode().strip())
    assert directory == tmp_path / ".pypcp-setup" / "20260102T000000.0Z"
    assert directory.stat().st_mode & 0o777 == directory.parent.stat().st_mode & 0o777 == 0o700
    manifest = (directory / "manifest").read_text()
    assert manifest.endswith(f" {kept}\n- - - {tmp_path / 'absent'}\n")
    assert newest(tmp_path)["name"].text == directory.name
    assert in_home("undone", tmp_path, directory.name).exit == 0
    assert newest(tmp_path) == {}
