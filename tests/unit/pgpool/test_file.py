"""Files are replaced in one moment, and stay whose they were."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pypcp.errors import OperationFailed, RefusedForSafety
from pypcp.pgpool import file
from pypcp.pgpool.conf import ConfError


def test_mode_owner_and_symbolic_link_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real.conf", tmp_path / "pgpool.conf"
    real.write_text("old\n")
    real.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(real, 65534, 65534)
    link.symlink_to("real.conf")
    before = real.stat()

    assert file.replace(str(link), "old\n", "new\n") is None
    after = real.stat()
    assert link.is_symlink() and real.read_text() == "new\n"
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert sorted(os.listdir(tmp_path)) == ["pgpool.conf", "real.conf"]


def test_a_new_file_has_the_mode_that_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "pool_passwd"
    assert file.read(str(path), absent="") == ""
    file.replace(str(path), "", "a:b\n", mode=0o600, backup=True)
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["pool_passwd"], "there was nothing to keep"


def test_the_old_text_is_kept_where_asked(tmp_path: Path) -> None:
    path = tmp_path / "pgpool.conf"
    path.write_bytes(b"\xff old\r\n")
    path.chmod(0o600)
    saved = file.replace(str(path), file.read(str(path)), "new\n", backup=True)
    assert saved and Path(saved).read_bytes() == b"\xff old\r\n"
    again = file.replace(str(path), "new\n", "newer\n", backup=True)
    assert again and again != saved and Path(again).read_text() == "new\n"
    assert Path(saved).read_bytes() == b"\xff old\r\n", "however soon the next one comes"
    assert Path(saved).stat().st_mode & 0o777 == 0o600


def test_what_somebody_else_wrote_meanwhile_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "pcp.conf"
    path.write_text("theirs\n")
    with pytest.raises(RefusedForSafety, match="changed by somebody else"):
        file.replace(str(path), "before\n", "mine\n")
    assert path.read_text() == "theirs\n"


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(ConfError, match="not a regular file"):
        file.read(str(pipe))
    with pytest.raises(ConfError, match="not a regular file"):
        file.read(str(tmp_path))
    with pytest.raises(ConfError, match="no path"):
        file.read("a\0b")
    with pytest.raises(OperationFailed, match="no such file"):
        file.read(str(tmp_path / "none"))
    with pytest.raises(OperationFailed, match="no such file"):
        file.replace(str(tmp_path / "none" / "pcp.conf"), "", "text")


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "pgpool.conf"
    path.write_text("old\n")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OperationFailed, match="no space left"):
        file.replace(str(path), "old\n", "new\n", backup=True)
    assert path.read_text() == "old\n" and os.listdir(tmp_path) == ["pgpool.conf"]
