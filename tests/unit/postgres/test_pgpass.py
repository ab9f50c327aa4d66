"""The operator's own .pgpass: which line counts, and when the file is not looked at."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pypcp.postgres import pgpass

BAK = {"host": "bak", "port": "5432", "user": "postgres", "dbname": "postgres"}


@pytest.mark.parametrize(
    ("line", "password"),
    [
        (b"bak:5432:postgres:postgres:it", "it"),
        (b"*:*:*:postgres:it", "it"),
        (rb"bak:5432:*:postgres:a\:b\\c", "a:b\\c"),
        (b"#bak:5432:postgres:postgres:it", None),
        (b"bak:5433:postgres:postgres:it", None),
        (b"bak:5432:replication:postgres:it", None),
        (b"bak:5432:*:repl:it", None),
        (b"bak:5432:*:postgres", None),
        (b"", None),
    ],
)
def test_a_line_is_read_as_libpq_reads_it(line: bytes, password: str | None) -> None:
    assert pgpass.password((line,), BAK) == password


def test_the_first_line_that_matches_wins() -> None:
    assert pgpass.password((b"*:*:*:repl:no", b"*:*:*:postgres:one", b"*:*:*:postgres:two"), BAK) == "one"


@pytest.mark.parametrize(("mode", "owner", "said"), [(0o600, "another", "x"), (0o640, "another", ""), (0o600, "", "")])
def test_a_file_that_others_can_read_or_that_was_read_already_is_left_alone(
    tmp_path: Path, mode: int, owner: str, said: str
) -> None:
    file = tmp_path / ".pgpass"
    file.write_text("x")
    file.chmod(mode)
    me = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    words = ["sh", "-c", pgpass._SCRIPT, "pypcp", owner or me]
    done = subprocess.run(words, capture_output=True, text=True, env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"})
    assert (done.returncode, done.stdout, done.stderr) == (0, said, "")
