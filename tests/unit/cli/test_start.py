"""The short way of `pypcp node-count`: it reads the options as click does, and imports little."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypcp.testing import PASSWORD, USERNAME, FakePgpool, complete
from pypcp_cli import start
from pypcp_cli.commands.node_count import command

ROOT = Path(__file__).parents[3]
words = st.sampled_from(
    [*start.VALUES, *start.FLAGS, "bak", "5432", "0", "x", "", "-x", "--help", "--", "70000", "1.5"]
)


@given(st.lists(words, max_size=6))
def test_what_is_read_here_click_reads_alike(arguments: list[str]) -> None:
    found = start.read(["node-count", *arguments])
    if found is None:
        return
    context = command.make_context("node-count", arguments, resilient_parsing=False)
    by_click = {name: value for name, value in context.params.items() if value not in (None, False)}
    by_click["format"] = "json" if by_click.pop("as_json", False) else by_click.pop("format_", None)
    shown = {name: str(value) for name, value in by_click.items() if value is not None}
    assert {**found, "debug": "x"}.keys() - {"debug"} == shown.keys() - {"debug"}
    assert ("debug" in found) == ("debug" in shown)
    for name in found.keys() - {"debug"}:
        assert shown[name] in (
            found[name],
            f"{float(found[name]):g}" if name == "timeout" else None,
            f"{found[name]}.0",
        )


def test_every_option_that_is_read_here_is_one_of_the_commands() -> None:
    known = {option for each in command.params if isinstance(each, click.Option) for option in each.opts}
    assert {*start.VALUES, *start.FLAGS} <= known


@pytest.mark.parametrize("arguments", [[], ["node-info"], ["node-count", "--format", "csv"], ["node-count", "-hbak"]])
def test_all_the_rest_is_left_to_click(arguments: list[str]) -> None:
    assert start.read(arguments) is None


def test_a_named_cluster_is_left_to_click(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYPCP_CLUSTER", "lab")
    assert start.read(["node-count"]) is None


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYPCP_HOST", "bak")
    monkeypatch.setenv("PYPCP_PORT", "9899")
    assert start.read(["node-count", "-p", "9900"]) == {"host": "bak", "port": "9900"}


def test_counting_nodes_imports_no_more_than_it_needs(tmp_path: Path) -> None:
    program = (
        f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / 'cli')!r}]\n"
        "from pypcp_cli.start import main\n"
        "code = main()\n"
        "heavy = {'click', 'typing', 'dataclasses', 'inspect', 'asyncio', 'json', 'tabulate', 'psycopg', 're'}\n"
        "print(code, *sorted(heavy & set(sys.modules)))\n"
    )
    passfile = tmp_path / "pcppass"
    passfile.write_text(f"*:*:*:{PASSWORD}\n")
    passfile.chmod(0o600)
    with FakePgpool({"L": complete("2")}) as pgpool:
        where = ["-h", pgpool.host, "-p", str(pgpool.port), "-U", USERNAME, "-w"]
        shown = subprocess.run(
            [sys.executable, "-S", "-c", program, "node-count", *where],
            env={"PCPPASSFILE": str(passfile)},
            capture_output=True,
            text=True,
            check=True,
        )
    assert shown.stdout == "2\n0\n"
