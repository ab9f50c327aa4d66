"""Words go through shells unchanged, whatever they hold, and nothing in them is run."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pypcp.errors import DeadlinePassed, WrongUsage
from pypcp.hosts.local import LocalHost
from pypcp.hosts.place import host_of, is_here, is_loopback
from pypcp.hosts.shell import NO_SUCH_PATH, quote
from pypcp.hosts.ssh import SshHost

words = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20), max_size=5)
NASTY = ["", " ", "a b", "it's", '"', "$(touch /tmp/oops)", "`id`", "a\nb", "-rf", "\\", "*", "~", "é", "a'\"'\"'b"]


@given(words)
def test_quoting_is_undone_by_the_shell_grammar(given_words: list[str]) -> None:
    assert shlex.split(quote(given_words)) == given_words


@settings(max_examples=40)
@given(words)
def test_a_script_gets_its_arguments_unchanged(given_words: list[str]) -> None:
    ended = LocalHost().run('for word; do printf "%s\\0" "$word"; done', given_words)
    assert ended.stdout == b"".join(word.encode() + b"\0" for word in given_words)


def test_the_line_that_ssh_sends_means_the_same_words() -> None:
    command = SshHost("h").command('for word; do printf "%s\\0" "$word"; done', NASTY)
    said = subprocess.run(["sh", "-c", command[-1]], capture_output=True, check=True).stdout
    assert said == b"".join(word.encode() + b"\0" for word in NASTY)
    assert command[command.index("--") + 1] == "h"


def test_a_nul_is_refused() -> None:
    with pytest.raises(WrongUsage):
        quote(["a\0b"])


@pytest.mark.parametrize("hostname", ["-oProxyCommand=touch /tmp/oops", "", "a b", "a\nb", "\x1b[2J"])
def test_a_hostname_that_is_none_is_refused(hostname: str) -> None:
    with pytest.raises(WrongUsage):
        SshHost(hostname)


def test_ssh_always_checks_host_keys_and_never_asks() -> None:
    command = SshHost("h", ["-o", "Port=2222"]).command("true")
    assert "BatchMode=yes" in command and "StrictHostKeyChecking=yes" in command
    assert command.index("Port=2222") < command.index("BatchMode=yes")


def test_the_environment_is_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "elsewhere")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    said = LocalHost().run('echo "$PGHOST,$LC_ALL"').stdout
    assert said == b",C\n"


def test_stdin_arrives_and_exit_status_comes_back() -> None:
    ended = LocalHost().run("cat; echo no >&2; exit 3", stdin=b"secret")
    assert (ended.exit, ended.stdout, ended.said) == (3, b"secret", "no")


def test_the_owner_of_a_missing_path_is_nobody() -> None:
    assert LocalHost().run("true", owner_of="/nowhere/at all").exit == NO_SUCH_PATH


def test_a_deadline_ends_the_whole_group() -> None:
    with pytest.raises(DeadlinePassed):
        LocalHost().run("sleep 30 & sleep 30", timeout=0.2)


def test_a_child_that_lives_on_is_not_waited_for() -> None:
    assert LocalHost().run("sleep 5 & echo ready", timeout=2).stdout == b"ready\n"


def test_where_a_node_lives() -> None:
    assert all(is_loopback(name) for name in ["", "/var/run/postgresql", "localhost", "127.0.0.2", "::1"])
    assert is_here("127.0.0.3") and not is_here("192.0.2.1") and not is_here("no-such-host.invalid")
    assert isinstance(host_of("127.0.0.2", "127.0.0.1"), LocalHost)
    remote = host_of("127.0.0.2", "192.0.2.1")  # pgpool's own machine, which is not this one
    assert isinstance(remote, SshHost) and remote.name == "192.0.2.1"
