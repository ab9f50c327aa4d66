"""Named clusters: which value wins, and what a mistake in a file is told as."""

from __future__ import annotations

from pathlib import Path

import pytest

from pypcp import config
from pypcp.errors import WrongUsage


@pytest.fixture
def user_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's file; the system's is beside it, as system.toml."""
    monkeypatch.setenv("PYPCP_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setattr(config, "SYSTEM_FILE", tmp_path / "system.toml")
    return tmp_path / "config.toml"


def test_the_users_file_wins_key_by_key(user_file: Path) -> None:
    user_file.write_text('[clusters.pair]\nhost = "bak"\npassfile = "~/secret"\n')
    user_file.with_name("system.toml").write_text('[clusters.pair]\nhost = "ser"\nport = 9899\n[clusters.other]\n')
    found = config.cluster("pair")
    assert (found.host, found.port, found.username) == ("bak", 9899, None)
    assert found.passfile and found.passfile.startswith("/")
    assert config.cluster_names() == ["other", "pair"]


def test_a_cluster_with_a_file_to_itself(user_file: Path) -> None:
    file = config.cluster_file("lab")
    file.parent.mkdir()
    file.write_text('[clusters."lab"]\nhost = "127.0.0.1"\n')
    assert config.cluster("lab").host == "127.0.0.1"


def test_a_cluster_that_is_not_there_lists_those_that_are(user_file: Path) -> None:
    with pytest.raises(WrongUsage, match=r"no cluster is configured\nWrite \[clusters.pair\] into"):
        config.cluster("pair")
    user_file.write_text("[clusters.a]\n[clusters.b]\n")
    with pytest.raises(WrongUsage, match="no such cluster\nThere are: a, b"):
        config.cluster("pair")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('[clusters.a]\nhost = "x"\nhots = "y"\n', 3, "unknown key 'hots'"),
        ("[clusters.a]\n\nport = 70000\n", 3, "port is 70000"),
        ('[clusters.a]\nport = "9898"\n', 2, "port is '9898'"),
        ("[clusters.a]\nport = true\n", 2, "port is True"),
        ("[clusters]\na = 1\n", 2, "cluster 'a' is not a table"),
        ("# first\ncluster = 1\n", 2, "unknown key 'cluster'"),
        ("clusters = []\n", 1, "clusters is not a table"),
        ("[clusters.a]\nhost = \n", 2, "invalid value (at line 2"),
        ("[clusters.a]\nclusters.b = 1\nhost = 5\n", 2, "unknown key 'clusters'"),
        ("[clusters.a]\ntimeout = inf\n", 2, "timeout is inf"),
        ("[clusters.a]\ntimeout = -nan\n", 2, "timeout is nan"),
        ("[clusters.a]\ntimeout = 0\n", 2, "timeout is 0"),
        ("[clusters.a]\ntimeout = -1.5\n", 2, "timeout is -1.5"),
        (f"[clusters.a]\ntimeout = 1{'0' * 400}\n", 2, "timeout is 1000"),
        ("[clusters.a]\ntimeout = true\n", 2, "timeout is True"),
    ],
)
def test_a_mistake_is_told_with_its_line(user_file: Path, text: str, line: int, said: str) -> None:
    user_file.write_text(text)
    with pytest.raises(WrongUsage) as caught:
        config.cluster("a")
    assert str(user_file) in caught.value.tried
    assert said in caught.value.said and f"line {line}" in str(caught.value)


def test_a_file_that_is_no_text(user_file: Path) -> None:
    user_file.write_bytes(b"\xff\xfe")
    with pytest.raises(WrongUsage, match="it is not UTF-8"):
        config.cluster("a")
