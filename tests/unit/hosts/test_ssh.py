"""One connection for all scripts, begun early; with a client of ssh's that notes how often it is called."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pypcp.errors import ConnectionFailed
from pypcp.hosts.ssh import SshHost

# Notes its call, waits, and answers as the file beside it says.
CLIENT = """#!/bin/sh
echo call >>"$0.calls"
sleep 0.1
echo told >&2
exit "$(cat "$0.exit")"
"""


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "ssh"
    path.write_text(CLIENT)
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    yield path


def calls(client: Path) -> int:
    return len(client.with_suffix(".calls").read_text().splitlines())


def test_a_script_waits_for_the_connection_that_has_begun(client: Path) -> None:
    client.with_suffix(".exit").write_text("0")
    host = SshHost("ser")
    host.connect()
    assert host.run("true").exit == 0
    assert calls(client) == 3  # to connect; for a session, which this client does not have; and without one
    host.close()
    assert calls(client) == 4  # ssh -O exit


def test_a_connection_that_failed_is_told_once_and_tried_again(client: Path) -> None:
    client.with_suffix(".exit").write_text("255")
    host = SshHost("ser")
    host.connect()
    for tried in (1, 2):
        with pytest.raises(ConnectionFailed) as told:
            host.run("true")
        assert told.value.said == "told"
        assert calls(client) == tried
    host.close()
    assert calls(client) == 2
