"""The screen, the document and the plugin's line for made up clusters."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from pypcp.records import NodeRole, NodeStatus
from pypcp.status.facts import NODES, POOL, WATCHDOG, Facts, Source
from pypcp.status.findings import findings
from pypcp_cli.columns import columns, fitted, text_width, wrapped
from pypcp_cli.console import Console
from pypcp_cli.render import as_table
from pypcp_cli.status_document import as_text
from pypcp_cli.status_plugin import summary
from pypcp_cli.status_screen import Screen

from .worlds import HEALTHY, NOON, STANDBY, node, with_nodes

HOSTILE = "bak\x1b[2Jevil\nhost"
DOWN = with_nodes(node(0, NodeRole.PRIMARY), node(1, NodeRole.STANDBY, NodeStatus.DOWN))


class Terminal(Console):
    """A terminal of 80 columns."""

    is_terminal = True
    width = 80

    def __init__(self) -> None:
        self.debug = False


def screen(facts: Facts, console: Console | None = None) -> list[str]:
    return Screen(console or Terminal()).lines(facts, findings(facts), "--cluster lab", {1})


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")


def test_the_screen_fits_the_terminal_and_has_no_colour_where_none_is_wanted() -> None:
    wide = with_nodes(
        replace(node(0, NodeRole.PRIMARY), hostname="東京データベース." * 8),
        node(1, NodeRole.STANDBY),
        servers={1: STANDBY},
    )
    for line in screen(wide):
        assert "\x1b" not in line
        assert text_width(line) <= 80 or line.startswith("    "), line


def test_colour_is_there_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "xterm")
    assert any("\x1b[31" in line for line in screen(DOWN))
    monkeypatch.setenv("TERM", "dumb")
    assert not any("\x1b" in line for line in screen(DOWN))


@pytest.mark.parametrize(
    ("asked", "environment", "is_terminal", "expected"),
    [
        ("auto", {"TERM": "xterm"}, True, True),
        ("auto", {"TERM": "xterm"}, False, False),
        ("auto", {"TERM": "xterm", "NO_COLOR": "1"}, True, False),
        ("always", {"TERM": "dumb", "NO_COLOR": "1"}, False, True),
        ("never", {"TERM": "xterm"}, True, False),
    ],
)
def test_the_option_stands_above_no_color(
    monkeypatch: pytest.MonkeyPatch, asked: str, environment: dict[str, str], is_terminal: bool, expected: bool
) -> None:
    monkeypatch.delenv("NO_COLOR")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    console = Terminal()
    monkeypatch.setattr(Terminal, "is_terminal", is_terminal)
    console.colour = asked
    assert console.has_colour is expected
    assert any("\x1b[31" in line for line in screen(DOWN, console)) is expected


def test_no_host_name_can_move_the_cursor() -> None:
    facts = with_nodes(replace(node(0, NodeRole.PRIMARY), hostname=HOSTILE), node(1, NodeRole.STANDBY, NodeStatus.DOWN))
    for line in screen(facts):
        assert "\x1b" not in line
        assert "\n" not in line
    assert "\n" not in summary([(facts, findings(facts))])[0].rstrip("\n")


def test_a_marked_node_and_the_command_that_mends() -> None:
    lines = screen(DOWN)
    assert any(line.startswith("1 *") for line in lines)
    assert "    -> pypcp --cluster lab attach -n 1" in lines


def test_a_command_is_never_broken_and_columns_go_before_names_are_cut() -> None:
    long = "ha0.some-long-domain.example.com"
    away = replace(node(1, NodeRole.STANDBY, NodeStatus.QUARANTINE), hostname=long)
    facts = replace(with_nodes(node(0, NodeRole.PRIMARY), away), pgpool=long)
    lines = screen(facts)
    assert f"    -> See why pgpool on {long} cannot reach it:" in lines
    assert "       pypcp --cluster lab health-check-stats -n 1" in lines
    nodes = lines[lines.index("") + 1 :][:3]
    assert nodes[0].split() == ["Node", "Host", "Status", "Role", "Since"]
    assert f"{long}:5432" in nodes[2] and "quarantine" in nodes[2]


def test_the_document() -> None:
    told: dict[str, Any] = json.loads(as_text([(DOWN, findings(DOWN))], is_list=False))
    assert not told["healthy"]
    assert [each["kind"] for each in told["problems"]] == ["stale_status"]
    assert told["nodes"][1]["postgres"]["receives_from"] == {"host": "ser", "port": 5432}
    assert told["watchdog"]["quorum"] == "exists"
    assert told["time"] == "2026-11-23T12:00:00Z"
    several = as_text([(DOWN, []), (HEALTHY, [])], is_list=True)
    assert [each["nodes"] == told["nodes"] for each in json.loads(several)["clusters"]] == [True, False]


def test_the_plugin() -> None:
    dead = Facts("ha", NOON, tuple(Source(name, 1, "refused") for name in (NODES, POOL, WATCHDOG)))
    locked = Facts("ha", NOON, tuple(Source(name, 1, "no password", is_login=True) for name in (NODES, POOL, WATCHDOG)))
    for facts, word, code in ((HEALTHY, "OK", 0), (DOWN, "WARNING", 1), (dead, "CRITICAL", 2), (locked, "UNKNOWN", 3)):
        line, got = summary([(facts, findings(facts))])
        assert (line.split()[:2], got) == (["PGPOOL", word], code)
        assert line.count("|") == 1
    assert summary([(each, findings(each)) for each in (HEALTHY, locked, dead)])[1] == 2


def test_columns() -> None:
    assert columns(("A", "B"), [("日本", 1), ("x", None)]) == ["A     B", "日本  1", "x     -"]
    assert fitted("日本語", 4) == "日… "
    assert [text_width(line) for line in columns(("A",), [("abc" * 50,)], 20)] == [1, 20]
    assert as_table(("A", "B"), [("日本", 1)] + [("x", True)] * 400).splitlines()[1:3] == ["日本  1", "x     yes"]
    assert wrapped("日本 日本 日本", 9) == ["日本 日本", "日本"]
    assert wrapped("a" * 30 + " b", 10) == ["a" * 30, "b"]
