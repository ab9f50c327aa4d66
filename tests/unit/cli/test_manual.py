"""The page of the commands says what the commands say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pypcp_cli import index
from pypcp_cli.manpages import pages
from pypcp_cli.manual import page

DOCS = Path(__file__).parents[3] / "docs"


def test_the_manual_pages_are_not_behind_the_commands() -> None:
    assert {file.name: file.read_text() for file in (DOCS / "man").glob("*.1")} == pages(), (
        "scripts/docs writes them anew"
    )


def test_manual_pages_keep_lines_and_marks_as_they_are() -> None:
    found = pages()
    assert {f"pypcp-{name}.1" for name in index.COMMANDS} | {"pypcp.1"} <= set(found)
    status = found["pypcp-status.1"]
    assert "\n.nf\n$ pypcp status \\-h bak\n" in status
    assert ".TP\n.B \\-\\-nagios\n" in status
    for made in found.values():
        for line in made.splitlines():
            assert re.fullmatch(r"\.(TH|SH|PP|TP|B|BR|nf|fi|ad|nh)( .*)?", line) or not line.startswith((".", "'")), (
                line
            )
            assert "\b" not in line


def test_the_page_is_not_behind_the_commands() -> None:
    assert (DOCS / "commands.md").read_text() == page(), "behind: scripts/docs writes it anew"


@pytest.mark.parametrize("name", index.COMMANDS)
def test_every_command_shows_an_example(name: str) -> None:
    chapter = page().split(f"\n### pypcp {name}\n")[1].split("\n### ")[0]
    described = chapter.split("Options:")[0]
    assert f"pypcp {name}" in described.split("\n", 3)[3], f"pypcp {name} --help shows no example"
