"""What a killed server leaves to say that it runs, while its pid is somebody else's by now."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pypcp.hosts.local import LocalHost
from pypcp.postgres import scripts


@pytest.mark.parametrize(("owner", "left"), [("data", []), ("other", [".s.PGSQL.5432", ".s.PGSQL.5432.lock"])])
def test_its_files_go_and_those_of_another_server_stay(tmp_path: Path, owner: str, left: list[str]) -> None:
    data, state, sockets = (tmp_path / name for name in ("data", "state", "so ckets"))
    for directory in (data, state, sockets):
        directory.mkdir()
    said = f"{os.getpid()}\n{tmp_path}/%s\n1700000000\n5432\n{sockets}\n"
    (data / "postmaster.pid").write_text(said % "data" + "localhost\n 1 2\nready\n")
    (sockets / ".s.PGSQL.5432.lock").write_text(said % owner)
    (sockets / ".s.PGSQL.5432").touch()

    script = f'{scripts.text("prelude")}clear_stale_pid "$1"'
    LocalHost().run(script, ["/nowhere", str(data), str(state)]).or_fail("clear it")

    assert sorted(each.name for each in sockets.iterdir()) == left
    assert [each.name for each in state.iterdir()] == ["postmaster.pid.stale"] and not list(data.iterdir())
