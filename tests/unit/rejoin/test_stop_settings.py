"""Settings for the time of a stop go away again, whoever left them, and nothing else goes with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pypcp.hosts.local import LocalHost
from pypcp.postgres import scripts

MARK = "# pypcp: for the time of a stop"
LINES = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=30).filter(lambda it: it != MARK)
FILES = st.tuples(st.lists(LINES, max_size=6), st.booleans()).map(lambda it: "\n".join(it[0]) + "\n" * it[1])
GUARDS = st.sampled_from(["wal_keep_size = '1GB'", "synchronous_standby_names = '\"a/b\\''\nsynchronous_commit = 'on'"])


def run(directory: Path, script: str, *args: str, stdin: str = "") -> None:
    words = ["/nowhere", str(directory), *args]
    LocalHost().run(f"{scripts.text('prelude')}{script}", words, stdin=stdin.encode()).or_fail("run it")


@pytest.fixture
def auto(tmp_path: Path) -> Path:
    return tmp_path / "postgresql.auto.conf"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(FILES, GUARDS, GUARDS)
@example("", "a = '1'", "b = '2'")
def test_the_file_is_as_it_was(auto: Path, before: str, left: str, guard: str) -> None:
    """Also when a host died, and another stop with other settings came before anybody has looked."""
    auto.write_bytes(before.encode())
    auto.chmod(0o640)

    run(auto.parent, 'set_for_a_stop "$1"', left)
    run(auto.parent, 'set_for_a_stop "$1"', guard)
    during = auto.read_text("utf-8")
    assert during.count(MARK) == 1 and f"{MARK}\n{guard}\n" in during

    run(auto.parent, 'unset_for_a_stop "$auto"')
    assert auto.read_bytes().decode() == before + ("\n" if before and not before.endswith("\n") else "")
    assert auto.stat().st_mode & 0o777 == 0o640
    assert list(auto.parent.iterdir()) == [auto]


def test_a_node_that_is_configured_as_a_standby_does_not_keep_them(auto: Path) -> None:
    from pypcp.rejoin.scripts import text

    auto.write_text("port = 1\n")
    run(auto.parent, 'set_for_a_stop "$1"', "synchronous_standby_names = 'b'")
    left = auto.read_text()

    configure = text("configure").removeprefix(scripts.text("prelude"))
    run(auto.parent, configure, auto.name, stdin=f"{left}primary_conninfo = 'host=b'\n")

    assert auto.read_text() == "port = 1\nprimary_conninfo = 'host=b'\n"
