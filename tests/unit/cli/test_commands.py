"""The commands as typed, against a double of pgpool: what they print, to where, and how they exit."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from pypcp import errors
from pypcp.testing import FakePgpool, Fault, complete, refusal, rows
from pypcp_cli import exits
from pypcp_cli.main import main
from tests.unit.cli.typed import Run, typed

NODES = (
    ("ser", "5432", "2", "0", "up", "1073741823.500000", "2", "primary", "0", "0", "", "", "1795393877"),
    ("bak", "5433", "3", "0", "up", "1073741823.500000", "3", "standby", "1", "1500000", "streaming", "async", "0"),
)
SETTINGS = [
    ("backend_hostname0", "ser", ""),
    ("backend_port0", "5432", ""),
    ("backend_hostname1", "bak", ""),
    ("backend_port1", "5433", ""),
    ("wd_lifecheck_password", "geheim", "a password"),
]
FREE = ("7", "2026-11-23 00:29:27", *"000", *[""] * 5, *"000000", "Idle", "0", "", "", "")
BUSY = (
    *("8", "2026-11-23 00:29:27 (4:53 before process restarting)", "2", "0", "1", "appdb", "appuser"),
    *("2026-11-23 00:29:28", "2026-11-23 00:29:28", "", "17 (4:43 before client disconnected)", "3", "0", "1", "99"),
    *("1", "Idle", "1", "192.0.2.1", "4711", "select '\x1b[2J\ttwo\nlines'"),
)
HEALTH = ("0 ser 5432 up primary t 3 3 0 0 0 -nan 0 6 4 4.666667 t t  ").replace("t", "2026-11-23_00:29:28").split(" ")
WATCHDOG = {
    **{"RemoteNodeCount": 1, "MemberRemoteNodeCount": 1, "NodesRequireForQuorum": 2, "QuorumStatus": 1},
    **{"AliveNodeCount": 1, "Escalated": 1, "LeaderNodeName": "bak:9999", "LeaderHostName": "bak", "NodeCount": 1},
    "WatchdogNodes": [
        {
            **{"ID": 0, "State": 4, "Membership": 0, "MembershipString": "MEMBER", "NodeName": "bak:9999"},
            **{"HostName": "bak", "StateName": "LEADER", "DelegateIP": "Not_Set", "WdPort": 9000},
            **{"PgpoolPort": 9999, "Priority": 2},
        }
    ],
}


def _node_info(request: Any) -> Any:
    wanted = request.payload.rstrip(b"\0")
    return rows("NodeInfo", NODES if wanted == b"-1" else [NODES[int(wanted)]])


ANSWERS: dict[str, Any] = {
    "L": complete("2"),
    "I": _node_info,
    "B": rows("ProcessConfig", SETTINGS),
    "N": complete("2", "7", "8"),
    "P": rows("ProcessInfo", [FREE, BUSY]),
    "H": complete(*(each.replace("_", " ") for each in HEALTH)),
    "W": complete(json.dumps(WATCHDOG)),
    **{letter: complete() for letter in "CDdJjOZVGTt"},
}


@pytest.fixture
def pgpool() -> Iterator[FakePgpool]:
    with FakePgpool(ANSWERS) as double:
        yield double


@pytest.fixture
def run(pgpool: FakePgpool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on the double, without a terminal."""
    file = tmp_path / "pcppass"
    file.touch(0o600)
    file.write_text("*:*:*:pgadmin\n")
    for name, value in {"PCPPASSFILE": str(file), "TZ": "UTC", "PYPCP_CONFIG": str(tmp_path / "none.toml")}.items():
        monkeypatch.setenv(name, value)
    for name, value in {"HOST": pgpool.host, "PORT": str(pgpool.port), "USERNAME": "pgadmin"}.items():
        monkeypatch.setenv(f"PYPCP_{name}", value)

    return typed(monkeypatch, capsys)


def test_a_number(run: Run) -> None:
    assert run("node-count") == (0, "2\n", "")
    assert json.loads(run("node-count", "--json").out) == {"node_count": 2}
    assert run("node-count", "--format", "csv").out == "node_count\n2\n"
    assert run("proc-count").out == "2\n"
    assert run("proc-count", "--format", "pcp").out == "7 8 \n"


def test_a_node_has_the_keys_that_scripts_rely_on(run: Run) -> None:
    node = json.loads(run("node-info", "-n", "1", "--json").out)
    assert node == {
        **{"id": 1, "hostname": "bak", "port": 5433, "status": "down", "status_code": 3, "role": "standby"},
        **{"weight": pytest.approx(0.5), "pg_status": "up", "pg_role": "standby", "replication_delay": 1500000},
        **{"replication_delay_unit": "microseconds", "replication_state": "streaming"},
        **{"replication_sync_state": "async", "last_status_change": None},
    }
    both = json.loads(run("node-info", "--json").out)
    assert [each["id"] for each in both] == [0, 1]
    assert both[0]["last_status_change"] == "2026-11-23T00:31:17Z"
    assert both[0]["replication_state"] is None


def test_a_table_a_csv_and_the_words_of_the_c_tool(run: Run) -> None:
    table = run("node-info").out.splitlines()
    assert table[0].split()[:4] == ["ID", "Host", "Port", "Status"] and "1.500 s" in table[2]
    assert [row["hostname"] for row in csv.DictReader(io.StringIO(run("node-info", "--format", "csv").out))] == [
        "ser",
        "bak",
    ]
    first = run("node-info", "--format", "pcp").out.splitlines()[0]
    assert first == "ser 5432 2 0.500000 up up primary primary 0 none none 2026-11-23 00:31:17"


@pytest.mark.parametrize("name", ["1", "bak", "BAK", "bak:5433"])
def test_a_node_by_any_of_its_names(run: Run, name: str) -> None:
    assert json.loads(run("node-info", name, "--json").out)["id"] == 1
    assert json.loads(run("node-info", "-n", name, "--json").out)["id"] == 1


@pytest.mark.parametrize("name", ["2", "99", "128", "-1", "1.5", "abc", "", "bak:5432"])
@pytest.mark.parametrize("command", ["attach", "detach", "promote", "recover", "node-info", "health-check-stats"])
def test_no_such_node_is_wrong_usage_before_anything_is_sent(
    run: Run, pgpool: FakePgpool, command: str, name: str
) -> None:
    ran = run(command, "-n", name)
    assert (ran.code, ran.out) == (exits.WRONG_USAGE, "")
    assert ran.err.startswith(f"pypcp: find node {name!r}: ")
    assert not {request.kind for request in pgpool.requests} & set(map(bytes, (b"C", b"D", b"J", b"O", b"H")))


def test_an_ambiguous_host_lists_the_candidates(run: Run, pgpool: FakePgpool) -> None:
    twice = [("backend_hostname0", "ser", ""), ("backend_port0", "1", "")]
    pgpool.answers["B"] = rows("ProcessConfig", [*twice, ("backend_hostname1", "ser", ""), ("backend_port1", "2", "")])
    ran = run("node-info", "ser")
    assert (ran.code, ran.out) == (2, "") and "0 (ser:1), 1 (ser:2)" in ran.err


def test_processes(run: Run) -> None:
    shown = json.loads(run("proc-info", "--json").out)
    assert [row["pid"] for row in shown] == [8]
    assert shown[0]["statement"].startswith("select '\x1b") and shown[0]["start_time"] == "2026-11-23T00:29:27"
    assert (shown[0]["client_idle_duration"], shown[0]["connected"], shown[0]["client_port"]) == (17, True, 4711)
    assert [row["pid"] for row in json.loads(run("proc-info", "-a", "--json").out)] == [7, 8]
    assert "192.0.2.1:4711" in run("proc-info").out


def test_thousands_of_rows(run: Run, pgpool: FakePgpool) -> None:
    pgpool.answers["P"] = rows("ProcessInfo", [BUSY] * 4000)
    assert len(run("proc-info").out.splitlines()) == 4001
    assert len(json.loads(run("proc-info", "--json").out)) == 4000


def test_processes_that_make_no_sense(run: Run, pgpool: FakePgpool) -> None:
    for bad in (("x", *BUSY[1:]), (*BUSY[:10], "soon", *BUSY[11:]), (BUSY[0], "yesterday", *BUSY[2:])):
        pgpool.answers["P"] = rows("ProcessInfo", [BUSY, bad])
        for form in ("json", "table", "csv"):
            ran = run("proc-info", "--format", form)
            assert (ran.code, ran.out) == (exits.NO_CONNECTION, "") and "where a" in ran.err


def test_parameters_with_their_secrets_masked(run: Run) -> None:
    assert "geheim" not in "".join(run("pool-status", "--format", each).out for each in ("table", "json", "csv", "pcp"))
    assert run("pool-status", "backend_port1", "--format", "csv").out == "name,value,description\nbackend_port1,5433,\n"
    assert run("pool-status", "nonsense").code == 2


def test_health_checks(run: Run) -> None:
    one = json.loads(run("health-check-stats", "-n", "0", "--json").out)
    assert (one["total_count"], one["average_retry_count"], one["max_duration"]) == (3, None, 6)
    assert one["last_status_change"] == "2026-11-23T00:29:28" and one["last_failed_health_check"] is None
    assert "4.7 ms" in run("health-check-stats").out


def test_the_watchdog(run: Run) -> None:
    found = json.loads(run("watchdog-info", "--json").out)
    assert (found["leader_name"], found["escalated"], found["nodes"][0]["delegate_ip"]) == ("bak:9999", True, None)
    assert run("watchdog-info").out.startswith("Leader: bak:9999 (bak)")
    assert run("watchdog-info", "--format", "pcp").out.startswith("2 2 YES bak:9999 bak\n\n")


@pytest.mark.parametrize(
    ("words", "letter", "payload"),
    [
        (["reload-config"], b"Z", b"l"),
        (["reload-config", "-s", "cluster"], b"Z", b"c"),
        (["log-rotate", "--scope", "cluster"], b"V", b"c"),
        (["invalidate-query-cache"], b"G", b""),
        (["stop-pgpool", "--yes", "--no-wait"], b"T", b"s"),
        (["stop-pgpool", "-y", "--no-wait", "-m", "fast", "-s", "cluster"], b"t", b"f"),
    ],
)
def test_orders(run: Run, pgpool: FakePgpool, words: Sequence[str], letter: bytes, payload: bytes) -> None:
    assert run(*words).code == 0
    assert [(each.kind, each.payload) for each in pgpool.requests] == [(letter, payload)]


def test_stop_without_a_terminal_needs_yes(run: Run, pgpool: FakePgpool) -> None:
    ran = run("stop-pgpool", stdin="y\n")
    assert (ran.code, ran.out, pgpool.requests) == (2, "", []) and "--yes" in ran.err


def test_attach_already_attached_and_refused(run: Run, pgpool: FakePgpool) -> None:
    assert run("attach", "ser").out.startswith("node 0 (ser:5432) is attached already: up, primary")
    ran = run("detach", "-n", "0")
    assert (ran.code, ran.out) == (exits.UNSAFE, "") and "is the primary" in ran.err and "--force" in ran.err
    assert {each.kind for each in pgpool.requests} == {b"I"}
    asked = json.loads(run("attach", "bak", "--no-wait", "--json").out)
    assert (asked["changed"], asked["seen"], asked["node"]["id"]) == (True, False, 1)


def test_not_seen_to_happen_is_a_passed_deadline(run: Run) -> None:
    ran = run("attach", "bak", "--timeout", "0.5")
    assert (ran.code, ran.out) == (exits.LATE, "") and "last seen: down, standby" in ran.err


def test_the_server_says_no(run: Run, pgpool: FakePgpool) -> None:
    pgpool.answers["L"] = refusal("informing node count failed", "because \x1b[31mof it")
    ran = run("node-count")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("pypcp: ask for the number of nodes on") and "because \\x1b[31mof it" in ran.err


@pytest.mark.parametrize(
    ("fault", "code"), [(Fault.SILENCE, exits.LATE), (Fault.CLOSE, exits.NO_CONNECTION), (Fault.GARBAGE, 3)]
)
def test_faults_of_the_server(run: Run, pgpool: FakePgpool, fault: Fault, code: int) -> None:
    pgpool.fault = fault
    ran = run("node-count", "--timeout", "0.5")
    assert (ran.code, ran.out) == (code, "") and ran.err.startswith("pypcp: ")


def test_login(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert run("node-count", "-U", "nobody").code == exits.NO_LOGIN
    assert run("node-count", "-W", stdin="pgadmin\n").code == 0
    assert run("node-count", "-W", stdin="wrong\n").code == exits.NO_LOGIN
    monkeypatch.setenv("PCPPASSFILE", str(tmp_path / "nothing"))
    for option in ((), ("-w",)):
        ran = run("node-count", *option, stdin="pgadmin\n")
        assert ran.code == exits.NO_LOGIN and "no password" in ran.err


def test_the_environment_stands_above_the_clusters_password_file(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    Path(tmp_path / "none.toml").write_text(f'[clusters.pair]\npassfile = "{tmp_path}/other"\n')
    assert run("node-count", "--cluster", "pair").code == 0
    monkeypatch.delenv("PCPPASSFILE")
    ran = run("node-count", "--cluster", "pair")
    assert ran.code == exits.NO_LOGIN and f"{tmp_path}/other is not read" in ran.err


def test_colour_before_a_command_and_behind_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    status = ("status", "--no-sql")
    assert "\x1b[" in run("--color", "always", *status).out
    assert "\x1b[" in run(*status, "--color", "always").out
    assert "\x1b[" not in run("--color", "always", *status, "--color", "never").out
    assert "\x1b[" not in run(*status).out


def test_the_trace_goes_to_stderr_without_secrets(run: Run) -> None:
    ran = run("node-count", "--debug")
    assert (ran.code, ran.out) == (0, "2\n")
    assert 'DEBUG: recv: tos="m", len=8\n' in ran.err and "pgadmin" not in ran.err


@pytest.mark.parametrize(
    "words",
    [
        ("node-cuont",),
        ("pcp_node_count",),
        ("node-count", "-p", "0"),
        ("node-count", "-p", "65536"),
        ("node-count", "--timeout", "0"),
        ("node-count", "--timeout", "nan"),
        ("node-count", "--timeout", "inf"),
        ("node-count", "--json", "--format", "csv"),
        ("node-info", "-n", "1", "bak"),
        ("node-info", "-a", "1"),
        ("proc-info", "-P", "x"),
        ("attach",),
        ("attach", "--nonsense"),
        ("shims", "/dev/null/x", "--for", "four"),
    ],
)
def test_wrong_usage(run: Run, pgpool: FakePgpool, words: Sequence[str]) -> None:
    ran = run(*words)
    assert (ran.code, ran.out, pgpool.requests) == (2, "", [])
    assert ran.err.startswith("pypcp: ") and "Traceback" not in ran.err


def test_a_mistyped_command_is_told_the_right_one(run: Run) -> None:
    assert "did you mean node-count" in run("node-cuont").err
    assert "did you mean node-count" in run("pcp_node_count").err


def test_every_error_has_its_code() -> None:
    kinds = [each for each in vars(errors).values() if isinstance(each, type)]
    made = [kind.__new__(kind) for kind in kinds if issubclass(kind, errors.PypcpError)]
    assert {type(error).__name__: exits.exit_code(error) for error in made} == {
        **{"PypcpError": 1, "WrongUsage": 2, "ConnectionFailed": 3, "ConnectionBroken": 3, "MalformedReply": 3},
        **{"AuthenticationFailed": 4, "DeadlinePassed": 5, "OperationFailed": 1, "ServerRefused": 1},
        "RefusedForSafety": 6,
    }


def test_a_bug_is_one_line_and_how_to_report_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("surprise")

    monkeypatch.setattr("pypcp_cli.render.as_json", broken)
    ran = run("node-count", "--json")
    assert (ran.code, ran.out) == (1, "") and "this is a bug in pypcp" in ran.err and "Traceback" not in ran.err
    assert "Traceback" in run("node-count", "--json", "--debug").err


def test_md5_takes_no_password_as_an_argument(run: Run) -> None:
    assert run("md5", stdin="pgadmin\n") == (0, "b63d220aa4fcfcfb2b581071967490d9\n", "")
    assert run("md5", "-U", "pgadmin", stdin="pgadmin\n").out == "pgadmin:b63d220aa4fcfcfb2b581071967490d9\n"
    assert run("md5", "pgadmin").code == run("md5").code == run("md5", "-U", "a:b").code == 2


def test_completion_offers_the_nodes_of_the_live_cluster(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], pgpool: FakePgpool
) -> None:
    monkeypatch.setenv("_PYPCP_COMPLETE", "bash_complete")

    def offered(words: str) -> list[str]:
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", str(len(words.split(" ")) - 1))
        with pytest.raises(SystemExit):
            main([])
        out, err = capsys.readouterr()
        assert err == ""
        return [line.removeprefix("plain,") for line in out.split()]

    assert offered("pypcp attach -n ") == ["0", "ser", "1", "bak"]
    assert offered("pypcp node-info b") == ["bak"]
    assert "node-count" in offered("pypcp node")
    pgpool.answers["B"] = refusal("no")
    assert offered("pypcp attach -n ") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(run: Run, shell: str) -> None:
    assert "_PYPCP_COMPLETE" in run("completion", shell).out


def test_a_typed_cluster_wins_over_one_of_the_environment_and_says_what_does_not(
    run: Run, pgpool: FakePgpool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f'[clusters.typed]\nhost = "127.0.0.1"\nport = {pgpool.port}\n[clusters.other]\nport = 1\n')
    monkeypatch.setenv("PYPCP_CONFIG", str(file))
    monkeypatch.setenv("PYPCP_CLUSTER", "other")
    monkeypatch.delenv("PYPCP_HOST")
    monkeypatch.delenv("PYPCP_PORT")
    for words in (("--cluster", "typed", "proc-count"), ("proc-count", "--cluster", "typed")):
        assert run(*words) == (0, "2\n", "")
    assert run("proc-count", "-h", "127.0.0.1").code == exits.NO_CONNECTION
    monkeypatch.setenv("PYPCP_PORT", "1")
    ran = run("proc-count", "--cluster", "typed")
    assert ran.code == exits.NO_CONNECTION and "note: PYPCP_PORT=1 is used" in ran.err
    assert "There are: other, typed" in run("proc-count", "--cluster", "nonsense").err


@pytest.mark.parametrize(
    "words",
    [
        ("rejoin", "0", "--dry-run"),
        ("switchover", "1", "--dry-run"),
        ("doctor",),
        ("follow-primary", "0", "192.0.2.1", "5432", "/d", "1", "192.0.2.2", "0", "0", "5433", "/d"),
    ],
)
def test_ssh_gets_the_options_that_are_typed_and_then_those_of_the_cluster(
    run: Run, pgpool: FakePgpool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: tuple[str, ...]
) -> None:
    addresses = {"ser": "192.0.2.1", "bak": "192.0.2.2"}
    pgpool.answers["I"] = rows("NodeInfo", [(addresses[name], *rest) for name, *rest in NODES])
    settings = [(name, addresses.get(value, value), about) for name, value, about in SETTINGS]
    directories = [(f"backend_data_directory{node}", "/d", "") for node in (0, 1)]
    pgpool.answers["B"] = rows("ProcessConfig", [*settings, *directories])
    (tmp_path / "ssh").write_text(f'#!/bin/sh\necho "$1 $2 $3 $4 $5 $6 $7" >>{tmp_path}/asked\nexit 255\n')
    (tmp_path / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    (tmp_path / "config.toml").write_text('[clusters.far]\nssh_options = ["Port=2222", "User=postgres"]\n')
    monkeypatch.setenv("PYPCP_CONFIG", str(tmp_path / "config.toml"))
    run(*words, "--cluster", "far", "--ssh-option", "Port=22")
    asked = (tmp_path / "asked").read_text().splitlines()
    assert set(asked) == {"-T -o Port=22 -o Port=2222 -o User=postgres"}
