"""The table of commands and the commands themselves agree."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from pypcp_cli import commands, index


def test_every_module_is_in_the_table_and_the_other_way_round() -> None:
    modules = {file.stem for file in Path(commands.__path__[0]).glob("*.py")} - {"__init__"}
    assert modules == {name.replace("-", "_") for name in index.COMMANDS}


@pytest.mark.parametrize("name", index.COMMANDS)
def test_the_table_says_what_the_command_itself_says(name: str) -> None:
    command: click.Command = import_module(index.module_of(name)).command
    assert command.name == name
    assert (command.help or "").split("\n\n")[0].split("\n\b")[0].replace("\n", " ").strip() == index.COMMANDS[name]


def test_help_imports_no_command() -> None:
    program = """
import sys
from pypcp_cli.main import main
main(["--help"])
print(sorted(name for name in sys.modules if name.startswith("pypcp_cli.commands.")), file=sys.stderr)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stderr == "[]\n"
    assert all(name in ran.stdout for name in index.COMMANDS)
