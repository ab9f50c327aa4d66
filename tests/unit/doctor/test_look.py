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


def program(directory: Path, command: str) -> tuple[str, bool, list[str], bool]:
    """What is seen of a command: the path of what it runs, whether that works, what is writable, if it is a script."""
    found = looked(directory, f"failover_command = '{command}'\n")
    path, runs, writable = (found[f"{name}:failover_command"] for name in ("program", "runs", "writable"))
    own = [line for line in writable.text.splitlines() if line.startswith((str(directory), "/nosuch"))]
    return path.text, runs.exit == 0, own, "script:failover_command" in found


@pytest.mark.parametrize(
    ("command", "mode", "runs"),
    [
        ("{} %d %h", 0o755, True),
        ("{} %d %h", 0o644, False),
        ("/bin/sh {} %d", 0o644, True),
        ("bash -x {} %d", 0o644, True),
        ("sudo -n {} %d", 0o644, True),
        ("sudo -u postgres /bin/bash {} %d", 0o600, True),
        ("env A=b {} %d", 0o755, True),
        ("env -i {} %d", 0o644, False),
        ("timeout 30 {} %d && touch /etc/hosts", 0o755, True),
        ("/nosuch/sudo {} %d", 0o755, False),
    ],
)
def test_what_runs_behind_sudo_and_sh_is_looked_at(pgpool: Path, command: str, mode: int, runs: bool) -> None:
    script = pgpool / "failover.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(mode)
    assert program(pgpool, command.format(script)) == (str(script), runs, [], True)


@pytest.mark.parametrize(
    "command", ["sh /nosuch/failover.sh", "sudo -n /nosuch/failover.sh", "env /nosuch/failover.sh"]
)
def test_a_script_that_is_not_there_is_missed(pgpool: Path, command: str) -> None:
    assert program(pgpool, command) == ("/nosuch/failover.sh", False, [], False)


def test_what_everybody_may_write_is_seen_in_directories_and_behind_links_too(pgpool: Path) -> None:
    place = pgpool / "scripts"
    place.mkdir()
    (script := place / "failover.sh").write_text("#!/bin/sh\n")
    (link := pgpool / "link.sh").symlink_to(script)
    script.chmod(0o757)
    assert program(pgpool, f"sudo {script} %d")[2] == [str(script)]
    assert program(pgpool, f"sh {link} %d")[2] == [str(link), str(script)]
    script.chmod(0o755)
    place.chmod(0o777)
    assert program(pgpool, f"{link} %d")[2] == [str(place)]
    place.chmod(0o1777)  # nobody can replace what is another one's in it
    assert program(pgpool, f"{link} %d")[2] == []


def test_scripts_have_a_checksum_and_programs_have_none(pgpool: Path) -> None:
    (pgpool / "pypcp").write_text("#!/usr/bin/python3\n")  # whose first line is each host's own
    (pgpool / "pypcp").chmod(0o755)
    assert not program(pgpool, f"{pgpool}/pypcp failover %d")[3]
    assert not program(pgpool, "/bin/sh -c true")[3]
    (pgpool / "a.sh").write_text("#!/bin/sh\n")
    conf = f"failover_command = 'sh {pgpool}/a.sh'\n"
    first = looked(pgpool, conf)["script:failover_command"].text
    (pgpool / "a.sh").write_text("#!/bin/sh\n# another\n")
    assert len(first.split()[0]) == 64 and looked(pgpool, conf)["script:failover_command"].text != first
