"""The page docs/commands.md: what --help says, of every command. `scripts/docs` writes it, a test holds it to that."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from pypcp_cli import index
from pypcp_cli.console import Console
from pypcp_cli.main import program

WIDTH = 100
HEAD = """\
# Commands

Made from `--help` by `scripts/docs`: change the command, not this page.
"""


def page() -> str:
    """The whole page."""
    return "".join([HEAD, _chapter(_context(program, "pypcp", None)), *_commands()])


def _commands() -> Iterator[str]:
    parent = _context(program, "pypcp", None)
    for section, names in index.SECTIONS.items():
        yield f"\n## {section[0].upper()}{section[1:]}\n"
        for name in names:
            command = program.get_command(parent, name)
            assert command
            yield from _with_subcommands(command, name, parent)


def _with_subcommands(command: click.Command, name: str, parent: click.Context) -> Iterator[str]:
    context = _context(command, name, parent)
    yield f"\n### {context.command_path}\n{_chapter(context)}"
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            assert found
            yield from _with_subcommands(found, below, context)


def _chapter(context: click.Context) -> str:
    lines = [line.rstrip() for line in context.command.get_help(context).split("\n")]
    return "\n```\n" + "\n".join(lines) + "\n```\n"


def _context(command: click.Command, name: str, parent: click.Context | None) -> click.Context:
    return click.Context(command, parent, name, obj=Console(), terminal_width=WIDTH, help_option_names=["--help"])


if __name__ == "__main__":
    sys.stdout.write(page())
