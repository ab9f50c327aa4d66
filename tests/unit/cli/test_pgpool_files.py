"""``pcp-user`` and ``pool-passwd`` as typed: what they write, to where, and how they exit."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from pypcp.pgpool import pcp_conf, pool_passwd
from pypcp.sql import program
from tests.unit.cli.typed import Run, typed

SCRAM = "SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in a directory with a pgpool.conf, without a terminal."""
    monkeypatch.setenv("PYPCP_CONFIG", str(tmp_path / "none.toml"))
    monkeypatch.setattr("pypcp_cli.pgpool_files.DIRECTORIES", (str(tmp_path / "none"), str(tmp_path)))
    (tmp_path / "pgpool.conf").touch(0o640)
    return typed(monkeypatch, capsys)


def test_a_pcp_user_is_added_changed_and_removed(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "pcp.conf"
    path.write_text("# mine\n")
    assert run("pcp-user", "add", "pgadmin", stdin="first\n") == (0, "", f"pgadmin is in {path}\n")
    assert path.read_text() == f"# mine\npgadmin:{pcp_conf.digest('first')}\n"
    run("pcp-user", "add", "pgadmin", stdin="second\n")
    assert path.read_text() == f"# mine\npgadmin:{pcp_conf.digest('second')}\n"
    assert run("pcp-user", "list").out == "Line  User     Login\n2     pgadmin  yes\n"
    assert run("pcp-user", "remove", "pgadmin").code == 0 and path.read_text() == "# mine\n"
    assert run("pcp-user", "remove", "pgadmin") == (0, "", f"{path} is so already\n")


def test_a_user_who_cannot_log_in_is_told(run: Run, tmp_path: Path) -> None:
    other = tmp_path / "other.conf"
    other.write_text(f"a:{'0' * 64}\n")
    ran = run("pcp-user", "list", "--json", "--file", str(other))
    assert (ran.code, json.loads(ran.out)) == (1, [{"line": 1, "name": "a", "can_log_in": False}])


def test_a_new_file_is_like_the_pgpool_conf_beside_it(run: Run, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        os.chown(tmp_path / "pgpool.conf", 0, 65534)
    assert run("pool-passwd", "add", "app", "--text", stdin="se:cret\n").code == 0
    made, conf = (tmp_path / "pool_passwd").stat(), (tmp_path / "pgpool.conf").stat()
    assert (made.st_mode, made.st_gid) == (conf.st_mode, conf.st_gid)
    assert (tmp_path / "pool_passwd").read_text() == "app:TEXTse\\:cret\n"


@pytest.mark.parametrize("words", [("pcp-user", "add", "a:b"), ("pool-passwd", "add", "a:b")])
def test_what_cannot_be_is_refused_before_a_password_is_asked_for(run: Run, words: tuple[str, ...]) -> None:
    ran = run(*words, stdin="geheim\n")
    assert ran.code == 2 and "colon" in ran.err and sys.stdin.read() == "geheim\n"
    assert run("pool-passwd", "add", "app", stdin="").code == 2


def test_passwords_are_listed_by_their_kind_and_not_shown(run: Run, tmp_path: Path) -> None:
    (tmp_path / "pool_passwd").write_text(f"# hm\na:TEXTgeheim\na:geheim\nb:{SCRAM}\n")
    ran = run("pool-passwd", "list", "--json")
    assert ran.code == 1 and "geheim" not in ran.out + ran.err and "line 1 is no role" in ran.err
    assert [(row["role"], row["kind"], row["problem"]) for row in json.loads(ran.out)] == [
        ("a", "TEXT", None),
        ("a", "plain", "not used: line 2 is for this role too"),
        ("b", "SCRAM", "pgpool cannot log in with it"),
    ]
    assert run("pool-passwd", "remove", "a").code == 0
    assert (tmp_path / "pool_passwd").read_text() == f"# hm\nb:{SCRAM}\n"


def test_md5_is_taken_over_and_scram_named(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = pool_passwd.md5("secret", "app")
    rows = [{"rolname": "app", "rolpassword": app}, {"rolname": "new", "rolpassword": SCRAM}]
    monkeypatch.setattr(program, "query", lambda *_: rows)
    assert run("pool-passwd", "from-server", "--psql", "app").code == 0
    assert (tmp_path / "pool_passwd").read_text() == f"app:{app}\n"
    ran = run("pool-passwd", "from-server", "--psql", "--all")
    assert ran.code == 1 and "new: the server keeps it for SCRAM" in ran.err and "is so already" in ran.err
    assert "no such role" in run("pool-passwd", "from-server", "--psql", "nobody").err
    assert run("pool-passwd", "from-server", "--psql").code == 2


def test_without_a_pgpool_the_file_has_to_be_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "pgpool.conf").unlink()
    ran = run("pcp-user", "list")
    assert ran.code == 2 and "--file" in ran.err
