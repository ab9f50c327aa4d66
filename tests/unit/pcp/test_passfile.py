"""The password file: what pgpool's own tools find in it is found, and what is written can be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypcp import WrongUsage
from pypcp.address import Address
from pypcp.passfile import default_path, look_up, write

BAK = Address("bak", 9898)


def found(path: Path, text: str, address: Address = BAK, username: str = "pgadmin") -> str | None:
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    path.chmod(0o600)
    return look_up(address, username, str(path)).value


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pcppass"


@pytest.mark.parametrize(
    ("line", "password"),
    [
        ("bak:9898:pgadmin:test", "test"),
        ("*:*:*:test", "test"),
        ("bak:*:pgadmin:test:and the rest", "test"),
        ("bak:9898:pgadmin:te\\:st\\\\", "te:st\\"),
        ("bak:9898:pgadmin:t\\est", "test"),
        ("bak:9898:pgadmin:", ""),
        ("bak:9898:pgadmin:test\r", "test\r"),
        ("b*:9898:pgadmin:test", None),
        ("\\*:9898:pgadmin:test", None),
        ("BAK:9898:pgadmin:test", None),
        ("bak:09898:pgadmin:test", None),
        ("# bak:9898:pgadmin:test", None),
        (" bak:9898:pgadmin:test", None),
        ("bak:9898:pgadmin", None),
        ("", None),
    ],
)
def test_a_line_is_read_as_pgpool_reads_it(path: Path, line: str, password: str | None) -> None:
    assert found(path, f"other:1:x:y\n\n{line}\n") == password


def test_the_first_line_that_matches_wins(path: Path) -> None:
    assert found(path, "bak:*:pgadmin:first\nbak:9898:pgadmin:second\n") == "first"


def test_the_last_line_needs_no_end(path: Path) -> None:
    assert found(path, "bak:9898:pgadmin:test") == "test"


def test_a_line_that_is_too_long_for_pgpools_buffer_is_two_lines(path: Path) -> None:
    assert found(path, "x" * 319 + "bak:9898:pgadmin:test\n") == "test"


@pytest.mark.parametrize(
    ("host", "named"), [("/tmp", "localhost"), ("", "localhost"), ("/run/other", "/run/other"), ("bak", "bak")]
)
def test_a_socket_is_named_as_pgpool_names_it(path: Path, host: str, named: str) -> None:
    assert found(path, f"{named}:9898:pgadmin:test\n", Address(host, 9898)) == "test"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_a_file_that_others_can_read_is_not_read(path: Path, mode: int) -> None:
    path.write_text("*:*:*:not-a-secret\n")
    path.chmod(mode)
    password = look_up(BAK, "pgadmin", str(path))
    assert password.value is None
    assert "chmod 600" in password.origin and "not-a-secret" not in repr(password)


def test_what_is_no_file_is_not_read_and_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name in ("pipe", "missing", "."):
        assert look_up(BAK, "pgadmin", str(tmp_path / name)).value is None


def test_the_file_is_named_by_the_environment_or_the_password_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PCPPASSFILE", "/somewhere/else")
    assert default_path() == "/somewhere/else"
    monkeypatch.delenv("PCPPASSFILE")
    monkeypatch.setenv("HOME", "/not/this")
    assert default_path().endswith("/.pcppass") and not default_path().startswith("/not")


part = st.text(st.characters(blacklist_characters="\0\n", blacklist_categories=["Cs"]), min_size=1, max_size=20)


@given(st.lists(st.tuples(part.filter(lambda host: host[0] not in "/"), part, part), min_size=1, max_size=5))
def test_what_was_written_is_found(
    tmp_path_factory: pytest.TempPathFactory, entries: list[tuple[str, str, str]]
) -> None:
    path = tmp_path_factory.mktemp("written") / "pcppass"
    wanted = {}
    for host, username, password in entries:
        try:
            address = Address(host, 9898)
        except WrongUsage:
            continue
        write(address, username, password, str(path))
        wanted[host, username] = password
    for (host, username), password in wanted.items():
        assert look_up(Address(host, 9898), username, str(path)).value == password
    assert not wanted or (
        path.stat().st_mode & 0o777 == 0o600 and len(path.read_bytes().split(b"\n")) == len(wanted) + 1
    )


def test_writing_keeps_what_else_is_in_the_file(path: Path) -> None:
    path.write_text("# ours\nbak:9898:pgadmin:old-test\nser:9898:pgadmin:test")
    path.chmod(0o600)
    write(BAK, "pgadmin", "new-test", str(path))
    assert path.read_text() == "# ours\nbak:9898:pgadmin:new-test\nser:9898:pgadmin:test\n"
    write(BAK, "other", "test", str(path))
    assert path.read_text().endswith("test\nbak:9898:other:test\n")


def test_a_new_entry_goes_before_a_wildcard_that_would_win(path: Path) -> None:
    path.write_text("ser:*:*:test\n*:*:*:any-test\n")
    path.chmod(0o600)
    write(BAK, "pgadmin", "own-test", str(path))
    assert path.read_text() == "ser:*:*:test\nbak:9898:pgadmin:own-test\n*:*:*:any-test\n"


@pytest.mark.parametrize("password", ["two\nlines", "nul\0", "x" * 400])
def test_what_the_file_cannot_hold_is_refused(path: Path, password: str) -> None:
    with pytest.raises(WrongUsage):
        write(BAK, "pgadmin", password, str(path))
    assert not path.exists()


def test_a_file_that_is_too_large_is_not_read_and_not_cut(path: Path) -> None:
    path.write_text("#\n" * 800_000)
    path.chmod(0o600)
    assert "larger than 1 mib" in look_up(BAK, "pgadmin", str(path)).origin
    with pytest.raises(OSError, match="larger than 1 MiB"):
        write(BAK, "pgadmin", "test", str(path))
    assert path.stat().st_size == 1_600_000
