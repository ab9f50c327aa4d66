"""``pypcp config`` as typed: what it prints and writes, and how it exits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pypcp.testing import FakePgpool, rows
from tests.unit.cli.typed import Run, typed

TEXT = """\
# pgpool
port = 9999            # for clients
#num_init_children = 32
sr_check_password = 'geheim'
"""


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pgpool.conf, where commands look for it."""
    path = tmp_path / "pgpool.conf"
    path.write_text(TEXT)
    monkeypatch.setattr("pypcp_cli.pgpool_files.DIRECTORIES", (str(tmp_path),))
    return path


@pytest.fixture
def run(conf: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("PYPCP_CONFIG", str(conf.parent / "none.toml"))
    return typed(monkeypatch, capsys, "config")


@pytest.fixture
def pgpool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakePgpool]:
    told = [("port", "9999", ""), ("num_init_children", "16", ""), ("sr_check_password", "geheim", "")]
    file = tmp_path / "pcppass"
    file.touch(0o600)
    file.write_text("*:*:*:pgadmin\n")
    with FakePgpool({"B": rows("ProcessConfig", told)}) as double:
        monkeypatch.setenv("PCPPASSFILE", str(file))
        for name, value in {"HOST": double.host, "PORT": str(double.port), "USERNAME": "pgadmin"}.items():
            monkeypatch.setenv(f"PYPCP_{name}", value)
        yield double


def test_get_prints_what_is_set_and_what_is_left_to_the_default(run: Run, conf: Path) -> None:
    assert run("get", "--for", "4.3", "port", "num_init_children").out == "9999\n32\n"
    (conf.parent / "more.conf").write_text("port = 5433\n")
    conf.write_text(TEXT + "include 'more.conf'\n")
    found = {row["name"]: row for row in json.loads(run("get", "--json").out)}
    assert found["port"] == {"name": "port", "value": "5433", "file": str(conf.parent / "more.conf"), "line": 1}
    assert found["sr_check_password"]["value"] == "***"
    assert run("get", "--for", "4.3", "prot").code == 2


def test_set_changes_in_place_and_says_what_it_takes(run: Run, conf: Path) -> None:
    ran = run("set", "--for", "4.3", "port=5433", "num_init_children=64", "--json", "--backup")
    told = json.loads(ran.out)
    assert ran.code == 0 and told["needs_restart"] and Path(told["backup"]).read_text() == TEXT
    assert [change["name"] for change in told["changes"]] == ["port", "num_init_children"]
    wanted = TEXT.replace("9999", "5433").replace("#num_init_children = 32", "num_init_children = 64")
    assert conf.read_text() == wanted
    again = run("set", "--for", "4.3", "port=5433")
    assert again.code == 0 and "is so already" in again.err and conf.read_text() == wanted
    assert "default: restart" in run("set", "--for", "4.3", "--default", "port").out
    assert "#port = 5433" in conf.read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["prot=1"], "Close to it: port"),
        (["port=80"], "not between 1024 and 65535"),
        (["delegate_ip=192.0.2.1"], "Here it is delegate_IP"),
        (["sr_check_password=x"], "others can read a command line"),
        (["--default", "port=1"], "names alone"),
        (["failover_command=a'b"], "single quote"),
    ],
)
def test_what_pgpool_would_not_take_is_refused_and_nothing_written(
    run: Run, conf: Path, words: list[str], said: str
) -> None:
    ran = run("set", "--for", "4.3", *words)
    assert ran.code in (1, 2) and said in ran.err and conf.read_text() == TEXT


def test_a_password_comes_from_standard_input_and_is_not_shown(run: Run, conf: Path) -> None:
    ran = run("set", "--for", "4.3", "sr_check_password", stdin="neu heimlich\n")
    assert ran.code == 0 and "heimlich" not in ran.out + ran.err and "'neu heimlich'" in conf.read_text()


def test_a_setting_that_an_included_file_says_is_not_set_here(run: Run, conf: Path) -> None:
    (conf.parent / "more.conf").write_text("port = 5433\n")
    conf.write_text(TEXT + "include 'more.conf'\n")
    ran = run("set", "--for", "4.3", "port=1234")
    assert ran.code == 2 and "more.conf, which is included, says it in line 1" in ran.err


def test_two_files_are_compared_by_meaning(run: Run, conf: Path) -> None:
    other = conf.parent / "other.conf"
    other.write_text("port = '9999'\nsr_check_password = 'other'\nsr_check_period = 10s\n")
    ran = run("diff", "--for", "4.3", "--json", str(conf), str(other))
    assert (ran.code, json.loads(ran.out)) == (
        1,
        [{"name": "sr_check_password", "here": "***", "there": "***", "needs_restart": False}],
    )
    assert run("diff", "--for", "4.3", str(conf), str(conf)).code == 0


def test_a_file_is_compared_with_what_runs(run: Run, conf: Path, pgpool: FakePgpool) -> None:
    assert run("diff", "--for", "4.3").code == 0
    conf.write_text(TEXT + "num_init_children = 64\n")
    ran = run("diff", "--for", "4.3")
    assert ran.code == 1 and "num_init_children  64    16      restart" in ran.out
    assert "not compared: sr_check_password" in ran.err and "geheim" not in ran.out + ran.err


def test_an_old_file_is_migrated_to_standard_output_or_in_place(run: Run, conf: Path) -> None:
    text = "use_watchdog = on\nwd_hostname = 'b'\nother_pgpool_hostname0 = 'a'\nfollow_master_command = ''  # why\n"
    conf.write_text(text)
    ran = run("migrate", "--from", "4.1", "--to", "4.3", str(conf))
    assert ran.code == 0 and "follow_primary_command = ''  # why\n" in ran.out and conf.read_text() == text
    assert "renamed   follow_master_command" in ran.err
    assert run("migrate", "--from", "4.1", "--to", "4.3", "--in-place").code == 0
    assert conf.read_text() == ran.out and (conf.parent / "pgpool_node_id").read_text() == "1\n"
    (saved,) = conf.parent.glob("*.bak")
    assert saved.read_text() == text
    sample = conf.parent / "sample"
    sample.write_text("# new\n#use_watchdog = off\n")
    told = json.loads(run("migrate", "--from", "4.3", "--to", "4.6", "--into", str(sample), "--json").out)
    assert told["text"].startswith("# new\nuse_watchdog = on\n") and told["node_id"] is None
