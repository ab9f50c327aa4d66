"""What a lab may be like, and what is found on a machine, without starting any."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypcp.errors import OperationFailed, PypcpError, WrongUsage
from pypcp.lab import pgpool, postgres, profile
from pypcp.lab.layout import FORBIDDEN, Lab, load
from pypcp.lab.ports import check_ports
from pypcp.lab.programs import find_programs
from tests.ports import free_ports

PLACE = Path("/tmp/a lab")


def test_each_node_has_its_own_address_and_directory() -> None:
    nodes = Lab(PLACE, nodes=3).all_nodes
    assert [node.host for node in nodes] == ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
    assert len({node.data for node in nodes}) == 3


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"nodes": 1}, "2 to 16"),
        ({"nodes": 17}, "2 to 16"),
        ({"port": 80}, "1024"),
        ({"pcp_port": 65536}, "65535"),
        ({"port": 20000, "pcp_port": 20000}, "another one for PCP"),
        ({"name": "../lab"}, "letters"),
        ({"name": ""}, "letters"),
        ({"directory": Path("lab")}, "absolute"),
        ({"directory": Path("/tmp/it's")}, "'"),
        ({"directory": Path("/tmp/$(id)")}, "$"),
        ({"directory": Path("/tmp/a\nb")}, "n"),
        ({"directory": Path("/tmp") / ("x" * 100)}, "too long"),
    ],
)
def test_what_cannot_be_is_wrong_usage(arguments: dict[str, object], word: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        Lab(**{"directory": PLACE, **arguments})  # type: ignore[arg-type]
    assert word in caught.value.said


@given(st.text(max_size=40))
def test_a_path_that_passes_needs_no_quoting(text: str) -> None:
    try:
        lab = Lab(Path("/tmp/" + text))
    except PypcpError:
        return
    assert not FORBIDDEN.search(str(lab.directory))
    assert not set(str(lab.directory)) & set("'\"\\$`%\n\x00")


def test_a_record_is_read_back(tmp_path: Path) -> None:
    lab = Lab(tmp_path, 3, 20001, 20002, 20003, "other")
    lab.record.write_text(lab.as_json())
    assert load(tmp_path) == lab


def test_no_record_no_lab(tmp_path: Path) -> None:
    assert load(tmp_path) is None
    assert load(tmp_path / "absent") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"nodes": 99}', '{"nodes": "2"}', '{"bindir": "/"}', "\xff"])
def test_a_damaged_record_is_one_clear_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "lab.json").write_text(text, encoding="latin-1")
    with pytest.raises(PypcpError, match="lab"):
        load(tmp_path)


def test_missing_programs_are_named_with_their_packages(tmp_path: Path) -> None:
    with pytest.raises(OperationFailed) as caught:
        find_programs(root=tmp_path, path="")
    assert "PostgreSQL is not on this machine and pgpool is not" in caught.value.said
    assert "apt-get install pgpool2" in caught.value.do
    assert "dnf install postgresql-server" in caught.value.do


def make_program(path: Path, says: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)


def test_the_newest_complete_postgres_is_found(tmp_path: Path) -> None:
    for place, version in (
        ("usr/lib/postgresql/9.6", "9.6.2"),
        ("usr/lib/postgresql/15", "15.20"),
        ("usr/pgsql-14", "14.1"),
    ):
        for name in ("postgres", "initdb", "pg_ctl", "pg_basebackup", "psql"):
            make_program(tmp_path / place / "bin" / name, f"postgres (PostgreSQL) {version}")
    make_program(tmp_path / "usr/lib/postgresql/17/bin/psql", "psql (PostgreSQL) 17.0")  # a client alone
    make_program(tmp_path / "usr/sbin/pgpool", "pgpool-II version 4.6.7 (x)")
    found = find_programs(root=tmp_path, path="")
    assert (found.bindir, found.postgres_version) == (tmp_path / "usr/lib/postgresql/15/bin", 15)
    assert found.pgpool_version == (4, 6)


def test_a_taken_port_is_named_with_its_option_and_holder() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", free_ports(1)[0]))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(OperationFailed) as caught:
            check_ports(Lab(PLACE, pcp_port=port))
    assert f"127.0.0.1:{port} is used by" in caught.value.said
    assert f"(process {os.getpid()})" in caught.value.said
    assert "--pcp-port" in caught.value.do and "--postgres-port" not in caught.value.do


def test_a_node_s_port_that_is_taken_on_every_address_is_found() -> None:
    with socket.socket() as holder:
        holder.bind(("0.0.0.0", free_ports(1)[0]))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(OperationFailed, match="--postgres-port") as caught:
            check_ports(Lab(PLACE, postgres_port=port))
    assert f"127.0.0.2:{port}" in caught.value.said and f"127.0.0.3:{port}" in caught.value.said


@pytest.mark.parametrize(
    ("version", "present", "absent"),
    [
        (
            (4, 1),
            ["master_slave_sub_mode = 'stream'", "follow_master_command", "socket_dir"],
            ["backend_clustering_mode"],
        ),
        ((4, 3), ["backend_clustering_mode", "follow_primary_command", "\nsocket_dir"], ["unix_socket_directories"]),
        ((4, 7), ["backend_clustering_mode", "\nunix_socket_directories"], ["\nsocket_dir"]),
    ],
)
def test_pgpool_is_configured_in_the_words_of_its_version(
    version: tuple[int, int], present: list[str], absent: list[str]
) -> None:
    text = pgpool.settings(Lab(PLACE), version)
    assert all(word in text for word in present)
    assert not any(word in text for word in absent)


def test_postgres_is_configured_in_the_words_of_its_version() -> None:
    lab = Lab(PLACE)
    assert "wal_keep_size" in postgres.settings(lab, lab.node(0), 13)
    assert "wal_keep_segments" in postgres.settings(lab, lab.node(0), 12)


def test_only_more_than_two_nodes_have_somebody_to_follow() -> None:
    assert "follow_primary_command = ''" in pgpool.settings(Lab(PLACE))
    assert "follow_primary\" %d %m'" in pgpool.settings(Lab(PLACE, nodes=3))


def test_a_foreign_profile_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYPCP_CONFIG", str(tmp_path / "config.toml"))
    foreign = tmp_path / "clusters" / "lab.toml"
    foreign.parent.mkdir()
    foreign.write_text('[clusters.lab]\nhost = "bak"\n')
    with pytest.raises(OperationFailed, match="--name"):
        profile.check(Lab(PLACE))
    profile.remove(Lab(PLACE))
    assert foreign.exists()


def test_a_profile_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYPCP_CONFIG", str(tmp_path / "pypcp" / "config.toml"))
    profile.write(Lab(PLACE))
    assert (tmp_path / "pypcp" / "clusters" / "lab.toml").read_text() == profile.text(Lab(PLACE))
    profile.check(Lab(PLACE))
    profile.remove(Lab(PLACE))
    assert list(tmp_path.iterdir()) == []


def test_a_profile_of_another_cluster_is_no_lab_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYPCP_CONFIG", str(tmp_path / "config.toml"))
    assert profile.directory("lab") is None
    passfile = tmp_path / "place" / "pcppass"
    (tmp_path / "config.toml").write_text(f'[clusters.lab]\nhost = "bak"\npassfile = "{passfile}"\n')
    assert profile.directory("lab") is None
    passfile.parent.mkdir()
    (passfile.parent / "lab.json").touch()
    assert profile.directory("lab") == passfile.parent
