"""The documentation: its programs run, its links lead somewhere, and the commands and methods stand in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pypcp.methods import command_names

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


def test_the_programs_on_the_page_about_testing_run() -> None:
    programs = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "testing.md").read_text(), re.DOTALL)
    assert len(programs) == 2
    names: dict[str, object] = {}
    for program in programs:
        exec(compile(program, "docs/testing.md", "exec"), names)  # what a reader would paste


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text()):
        assert "://" in target or (page.parent / target).exists(), target


def test_every_pcp_command_stands_on_the_page_about_the_library() -> None:
    page = (ROOT / "docs" / "library.md").read_text()
    assert [name for name in command_names() if f"`{name}(" not in page] == []


def test_the_picture_of_the_house_shows_every_room() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    picture = page.partition("```text\n")[2].partition("```")[0]
    rooms = [path for path in (ROOT / "pypcp").iterdir() if path.name[0] not in "._"]
    names = {f"{room.name}/" if room.is_dir() else room.name for room in rooms} - {"py.typed"}
    assert {name for name in names if f" {name}" not in picture} == set()
