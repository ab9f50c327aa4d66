"""The options of pgpool's tools, compared with those tools where they are installed (the 4.3 of Debian 12)."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from collections.abc import Callable

import pytest

from pypcp_cli.dropin.main import main
from pypcp_cli.dropin.tools import TOOLS

CALLS = """
pcp_attach_node -x
pcp_attach_node --bogus
pcp_attach_node -n
pcp_attach_node --node-id
pcp_attach_node --no
pcp_attach_node --n 0
pcp_attach_node --node 999
pcp_attach_node --help=3
pcp_attach_node --debug=3
pcp_attach_node -n 0 --help
pcp_attach_node -n 0 -V
pcp_attach_node -w --version
pcp_attach_node 999
pcp_attach_node -n5 -p1
pcp_attach_node -p 99999
pcp_attach_node --scope=x -n 0
pcp_attach_node --mode=s -n 0
pcp_attach_node -wdv
pcp_attach_node 0 -h
pcp_detach_node -g 1 -s
pcp_detach_node -n -1
pcp_node_info -P 3
pcp_node_info --p
pcp_node_info -- -3
pcp_node_info -w -?
pcp_node_info -wn
pcp_node_info 3 4 -p 5
pcp_node_count --process-id=0
pcp_node_count --node-id=999
pcp_node_count --gracefully --all --switchover
pcp_node_count -p abc
pcp_node_count --v
pcp_node_count --h
pcp_node_count --s
pcp_node_count --m
pcp_proc_info -P 0
pcp_proc_info abc
pcp_proc_info -n 3
pcp_proc_info -- -3
pcp_watchdog_info -n -3
pcp_watchdog_info -- -3
pcp_health_check_stats
pcp_recovery_node -v
pcp_promote_node
pcp_stop_pgpool -s x
pcp_stop_pgpool -m q
pcp_stop_pgpool --mode x
pcp_reload_config -s c extra -m
pcp_reload_config --mode s
""".strip().splitlines()
# With these they get as far as connecting; nobody listens on that port.
CONNECTING = """
pcp_node_count -w -h 127.0.0.1 -p 65001
pcp_node_count -wdh127.0.0.1 -p65001
pcp_node_count -w 3 -p 65001 -h 127.0.0.1
pcp_node_count -w --host=127.0.0.1 --port 65001 --node-id=3
pcp_node_count --no-p --ho 127.0.0.1 --po=65001 --all
pcp_promote_node -w -h 127.0.0.1 -p 65001 --scope=x -n 0
pcp_node_info -w -h 127.0.0.1 -p 65001 3 4
pcp_node_info -w -h 127.0.0.1 -p 65001 -n 3 4 -a
pcp_proc_info -w -h 127.0.0.1 -p 65001 --node-id 3 7
pcp_stop_pgpool -w -h 127.0.0.1 -p 65001 -m smart -s local -m i -a
pcp_reload_config -w -h 127.0.0.1 -p 65001 -s cluster x y
pcp_node_count -w -h /nowhere
pcp_node_count -w -h /nowhere -p 12345
pcp_attach_node -w -h /nowhere -- 0 1 -n
""".strip().splitlines()

Ran = tuple[str, str, bool]


def theirs(call: list[str]) -> Ran:
    ran = subprocess.run(call, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    return ran.stdout, ran.stderr, bool(ran.returncode)


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[[list[str]], Ran]:
    def run(call: list[str]) -> Ran:
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        code = main(call[0], call[1:])
        sys.stderr.flush()
        return (*capfd.readouterr(), bool(code))

    return run


@pytest.mark.parametrize("call", CALLS + CONNECTING)
def test_refused_in_the_same_words_and_never_with_success(call: str, ours: Callable[[list[str]], Ran]) -> None:
    out, err, failed = ours(call.split())
    assert (out, failed) == ("", True) and err
    if shutil.which(call.split()[0]):
        assert (out, err) == theirs(call.split())[:2]


@pytest.mark.skipif(not shutil.which("pcp_node_info"), reason="pgpool's own tools are not installed")
@pytest.mark.parametrize("tool", [name for name in TOOLS if shutil.which(name)])
def test_the_same_help(tool: str, ours: Callable[[list[str]], Ran]) -> None:
    assert ours([tool, "--help"]) == theirs([tool, "--help"])


@pytest.mark.parametrize("value", ["abc", "1x", "", "0.5", "1_0"])
def test_what_is_no_number_is_no_node(value: str, ours: Callable[[list[str]], Ran]) -> None:
    """The one word of theirs that is not taken: they read it as node 0, or as its beginning."""
    out, err, failed = ours(["pcp_detach_node", "-w", "-n", value])
    assert (out, failed) == ("", True)
    assert err == f'pcp_detach_node: Invalid node-id "{value}", must be between 0 and 128\n'
