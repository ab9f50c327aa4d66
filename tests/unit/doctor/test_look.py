"""The script that looks at a host: what stands in pgpool.conf is looked at there, and none of it is run."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pypcp.doctor import scripts
from pypcp.hosts import document
from pypcp.hosts.document import Item

# In place of the real one, which only root may use: runuser -u USER -- WORDS
RUNUSER = '#!/bin/sh\nshift 3\nexec "$@"\n'
SUDO = '#!/bin/sh\nprintf "%s\\n" "$@"\n'


@pytest.fixture
def pgpool(tmp_path: Path) -> Iterator[Path]:
    """A process that looks like pgpool with the pgpool.conf in this directory."""
    for name, text in (("runuser", RUNUSER), ("sudo", SUDO), ("pgpool", "#!/bin/sh\necho\nread line\n")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    words = [str(tmp_path / "pgpool"), "-f", str(tmp_path / "pgpool.conf")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout and process.stdout.read(1)  # it is a script by now, and so has its name
        (tmp_path / "pid").write_text(f"{process.pid}\n")
        yield tmp_path
        process.stdin.close()


def looked(directory: Path, conf: str) -> dict[str, Item]:
    (directory / "pgpool.conf").write_text(conf)
    words = ["sh", "-s", "--", str(directory / "pid"), str(directory), "0"]
    environment = {**os.environ, "PATH": f"{directory}:{os.environ['PATH']}"}
    script = document.ITEM + scripts.text("look")
    done = subprocess.run(words, input=script.encode(), env=environment, cwd=directory, capture_output=True, check=True)
    return document.parse(done.stdout)


def test_what_follows_sudo_is_asked_of_sudo_word_by_word(pgpool: Path) -> None:
    found = looked(pgpool, "delegate_IP = '192.0.2.150'\nif_up_cmd = 'sudo -n /sbin/ip addr add $_IP_$/24 dev eth0'\n")
    asked = ["-n", "-l", "--", "/sbin/ip", "addr", "add", "192.0.2.150/24", "dev", "eth0"]
    assert found["sudo:if_up_cmd"].text.split() == asked


@pytest.mark.parametrize(
    "conf",
    [
        "failover_command = 'sudo /bin/true; touch ran'",
        "failover_command = 'sudo /bin/true && touch ran'",
        "failover_command = 'sudo /bin/true >ran'",
        "failover_command = 'sudo /bin/true $(touch ran)'",
        "failover_command = 'sudo /bin/true `touch ran`'",
        "failover_command = 'sudo /bin/true\t|touch ran'",
        "if_up_cmd = 'sudo $_IP_$'\ndelegate_IP = 'touch ran/e;#'",
    ],
)
def test_nothing_of_a_configuration_is_run(pgpool: Path, conf: str) -> None:
    looked(pgpool, f"{conf}\n")
    assert not (pgpool / "ran").exists()
