"""What a description is proposed to be, and what has to be asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pypcp.errors import WrongUsage
from pypcp.setup import pairfile, secrets
from pypcp.setup.discover import Cluster, Seen
from pypcp.setup.pair import Pair
from pypcp.setup.propose import merged, propose
from pypcp.setup.secrets import Secrets
from pypcp_cli import setup_init
from pypcp_cli.console import Console
from tests.unit.setup.pairs import SECRETS, pair

SEEN = Seen(
    host="ser.example",
    version="4.3",
    paths={"program": "/usr/sbin/pgpool", "directory": "/etc/pgpool2", "pypcp": "/opt/pypcp", "ip": "/bin/ip"},
    unit="pgpool2",
    sample="#socket_dir = '/var/run/postgresql'\npid_file_name = '/run/p.pid'\n#logdir = '/var/log/postgresql'\n",
    addresses=(("eth0", "192.0.2.1", 24), ("eth1", "198.51.100.1", 28)),
    clusters=(Cluster("/data", 5432, "postgres", False, clients=("app", "pgpool")),),
    gateway="192.0.2.254",
)
OTHER = replace(SEEN, host="bak.example", clusters=(Cluster("/data", 5433, "postgres", True, "repl", "bak"),))
ADDRESSES = {"ser.example": "198.51.100.1"}


def test_what_is_seen_is_proposed() -> None:
    document = propose([SEEN, OTHER], ADDRESSES)
    made = pairfile.from_document(merged(document, {"virtual_ip": {"address": "198.51.100.9"}}))
    assert [(host.port, host.application_name, host.interface) for host in made.hosts] == [
        (5432, "ser", "eth1"),
        (5433, "bak", "eth0"),
    ]
    assert (made.virtual_ip.prefix, made.virtual_ip.ip, made.virtual_ip.sudo) == (28, "/bin/ip", "/usr/bin/sudo")
    assert (made.users.replication, made.users.clients) == ("repl", ("app",))
    assert (made.pgpool.socket_directory, made.pgpool.pid_file) == ("/var/run/postgresql", "/run/p.pid")
    assert made.pgpool.pypcp == "/opt/pypcp" and made.watchdog.trusted_servers == ("192.0.2.254",)


def test_of_several_clusters_none_is_guessed() -> None:
    document = propose([replace(SEEN, clusters=SEEN.clusters * 2), OTHER], {})
    assert "data_directory" not in document["hosts"][0] and document["hosts"][1]["data_directory"] == "/data"


def test_what_is_said_wins() -> None:
    said = {
        "hosts": [{"name": "bak.example", "port": 1}, {"name": "ser.example"}],
        "users": {"check": "c"},
        "name": "x",
    }
    whole = merged(propose([SEEN, OTHER], {}), said)
    assert [(host["name"], host["port"], host["data_directory"]) for host in whole["hosts"]] == [
        ("bak.example", 1, "/data"),
        ("ser.example", 5432, "/data"),
    ]
    assert whole["users"]["check"] == "c" and whole["users"]["clients"] == ["app"]


def test_at_a_terminal_what_is_missing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["ser.example, bak.example", "198.51.100.9/26"])
    console = Console()
    monkeypatch.setattr(Console, "can_ask", True)
    monkeypatch.setattr(console, "ask", lambda question: next(answers))
    monkeypatch.setattr(setup_init, "_seen", lambda *_: [SEEN, OTHER])
    document: dict[str, Any] = setup_init._described(console, {}, ())
    made = pairfile.from_document(document)
    assert [host.name for host in made.hosts] == ["ser.example", "bak.example"]
    assert (made.virtual_ip.address, made.virtual_ip.prefix) == ("198.51.100.9", 26)


def test_passwords_are_asked_where_there_is_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    console, asked = Console(), iter(["typed"])  # one alone: that of the checks is made up
    monkeypatch.setattr(Console, "can_ask", True)
    monkeypatch.setattr(console, "ask_secretly", lambda question: next(asked))
    known = Secrets(pcp={"pgpool": "x"})
    assert setup_init._passwords(console, pair(), known).roles == {"app": "typed"}


def test_secrets_are_kept_and_read_by_their_owner_only(tmp_path: Path) -> None:
    made: Pair = pair()
    file = secrets.path_beside(tmp_path / "pair.toml")
    assert secrets.read(file) == Secrets()
    whole = Secrets({"app": "a\"'\\b", "o.d@d": "x"}).completed(made)
    secrets.write(file, whole)
    assert secrets.read(file) == whole == whole.completed(made)
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o640)
    with pytest.raises(WrongUsage, match="others can read it"):
        secrets.read(file)


@pytest.mark.parametrize("text", ["[roles]\napp = 1\n", "x = 1\n", "[roles", '[roles]\napp = "ä"\n', "roles = 3\n"])
def test_what_is_no_secrets_file_is_refused_without_its_text(tmp_path: Path, text: str) -> None:
    file = tmp_path / "pair.secrets"
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(WrongUsage) as raised:
        secrets.read(file)
    assert "ä" not in str(raised.value)


def test_secrets_do_not_show() -> None:
    assert "secret" not in repr(SECRETS)
