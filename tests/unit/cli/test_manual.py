"""The page of the commands says what the commands say."""

from __future__ import annotations

from pathlib import Path

import pytest

from pypcp_cli import index
from pypcp_cli.manual import page

DOCS = Path(__file__).parents[3] / "docs"


def test_the_page_is_not_behind_the_commands() -> None:
    assert (DOCS / "commands.md").read_text() == page(), "behind: scripts/docs writes it anew"


@pytest.mark.parametrize("name", index.COMMANDS)
def test_every_command_shows_an_example(name: str) -> None:
    chapter = page().split(f"\n### pypcp {name}\n")[1].split("\n### ")[0]
    described = chapter.split("Options:")[0]
    assert f"pypcp {name}" in described.split("\n", 3)[3], f"pypcp {name} --help shows no example"
