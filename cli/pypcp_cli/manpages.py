"""The manual pages docs/man/*.1, one for each command, from the same help. `scripts/docs` writes them, a test sees it.

The macros are those of man(7). A page does not change with the day or the release, only with its command.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from pypcp_cli import exits
from pypcp_cli.console import Console
from pypcp_cli.main import ENVIRONMENT, program


def pages() -> dict[str, str]:
    """The text of each page, by the name of its file."""
    context = _context(program, "pypcp", None)
    return {f"{each.command_path.replace(' ', '-')}.1": _page(each) for each in _with_subcommands(context)}


def _with_subcommands(context: click.Context) -> Iterator[click.Context]:
    yield context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            found = context.command.get_command(context, name)
            assert found
            yield from _with_subcommands(_context(found, name, context))


def _context(command: click.Command, name: str, parent: click.Context | None) -> click.Context:
    return click.Context(command, parent, name, obj=Console(), help_option_names=["--help"])


def _page(context: click.Context) -> str:
    name = context.command_path.replace(" ", "-")
    summary, _, rest = inspect.cleandoc(context.command.help or "").partition("\n\n")
    summary, _, more = summary.partition("\n\b\n")
    text = "\n\n".join(filter(None, (f"\b\n{more}" if more else "", rest)))
    options = [each for each in context.command.get_params(context) if isinstance(each, click.Option)]
    records = [record for option in options if (record := option.get_help_record(context))]
    parts = [
        f'.TH {name.upper()} 1 "" "pypcp" "pypcp"',
        ".ad l\n.nh",  # nothing stretched, and no word of a command broken
        _section("NAME", f"{_plain(name)} \\- {_plain(' '.join(summary.split()).rstrip('.'))}"),
        _section("SYNOPSIS", f".B {_plain(context.command_path)}\n{_usage(context)}"),
        _section("DESCRIPTION", "\n".join(map(_paragraph, re.split(r"\n[ \t]*\n", f"{summary}\n\n{text}".strip())))),
        _section("OPTIONS", _terms(records)),
        _section("COMMANDS", _terms(_subcommands(context))),
        _section("ENVIRONMENT", _terms(list(ENVIRONMENT.items()))),
        _section("EXIT STATUS", _terms([(str(code), meaning) for code, meaning in exits.MEANINGS.items()])),
        "" if context.parent is None else _section("SEE ALSO", ".BR pypcp (1)"),
    ]
    return "\n".join(filter(None, parts)) + "\n"


def _usage(context: click.Context) -> str:
    """The words behind the command; a list of choices may be broken at each."""
    return _plain(" ".join(context.command.collect_usage_pieces(context))).replace("|", "|\\:")


def _subcommands(context: click.Context) -> list[tuple[str, str]]:
    if not isinstance(context.command, click.Group):
        return []
    path = context.command_path.replace(" ", "-")
    names = context.command.list_commands(context)
    found = [(name, context.command.get_command(context, name)) for name in names]
    return [(f"{path}-{name}(1)", command.get_short_help_str(200)) for name, command in found if command]


def _section(heading: str, body: str) -> str:
    return f'.SH "{heading}"\n{body}' if body else ""


def _terms(terms: list[tuple[str, str]]) -> str:
    return "\n".join(f".TP\n.B {_plain(term)}\n{_plain(text)}" for term, text in terms)


def _paragraph(text: str) -> str:
    """A paragraph; where click was told to leave its lines alone (``\\b``), so is troff."""
    if not text.startswith("\b"):
        return f".PP\n{_plain(' '.join(text.split()))}"
    lines = [_plain(line) for line in text.split("\n")[1:]]
    return "\n".join([".PP", ".nf", *lines, ".fi"])


def _plain(text: str) -> str:
    """A line that troff prints as it is: no escape, no request, and hyphens that can be copied as such."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text


def write(directory: Path) -> None:
    """Write all pages into a directory, and remove those of commands that are gone."""
    directory.mkdir(exist_ok=True)
    found = pages()
    for old in directory.glob("*.1"):
        if old.name not in found:
            old.unlink()
    for name, text in found.items():
        (directory / name).write_text(text)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
