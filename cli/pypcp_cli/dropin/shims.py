"""The small programs that stand for pgpool's tools: each runs the drop-in under its own name."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from pypcp.errors import OperationFailed, WrongUsage
from pypcp_cli.dropin.tools import TOOLS

MARK = "# Made by pypcp shims; made anew by it, too."
LONGEST_INTERPRETER = 120  # the kernel cuts the first line of a script


def write(directory: Path, made_for: str = "") -> list[Path]:
    """Write a program for each tool. Raises WrongUsage, before any is written, where a file is not one of ours."""
    paths = [directory / name for name in TOOLS]
    foreign = [path for path in paths if os.path.lexists(path) and not _is_ours(path)]
    if foreign:
        names = ", ".join(path.name for path in foreign)
        raise WrongUsage(
            f"write into {directory}",
            f"these are not made by pypcp: {names}",
            "Take another directory, and put it first in PATH.",
        )
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for path in paths:
            _write(path, text(made_for))
    except OSError as error:
        raise OperationFailed(f"write into {directory}", (error.strerror or str(error)).lower()) from None
    return paths


def text(made_for: str = "") -> str:
    """The program, the same for all tools."""
    lines = [
        MARK,
        "import sys",
        *(["import os", f'os.environ.setdefault("PYPCP_SHIMS_FOR", {made_for!r})'] if made_for else []),
        "from pypcp_cli.dropin.main import main",
        "sys.exit(main(sys.argv[0], sys.argv[1:]))",
    ]
    return "\n".join([*_first_lines(sys.executable), *lines, ""])


def _first_lines(interpreter: str) -> list[str]:
    if " " not in interpreter and len(interpreter) < LONGEST_INTERPRETER:
        return [f"#!{interpreter}"]
    # A shell reads the second line as a command, Python as a text.
    return ["#!/bin/sh", f"""'''exec' {shlex.quote(interpreter)} "$0" "$@" #'''"""]


def _is_ours(path: Path) -> bool:
    try:
        return path.is_file() and not path.is_symlink() and MARK.encode() in path.read_bytes()[:1000]
    except OSError:
        return False


def _write(path: Path, program: str) -> None:
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(program)
    draft.chmod(0o755)
    draft.replace(path)
