"""Commands of pypcp in a message, with the options that lead them to the pgpool that is meant."""

from __future__ import annotations

import re

from pypcp_cli import index

# What talks to no pgpool, or to one that its own arguments name.
_OTHERS = ("Building", "Run by pgpool", "Files", "Passwords", "Shells and scripts", "Trying things")
_COMMANDS = frozenset(
    name for section, commands in index.SECTIONS.items() if section not in _OTHERS for name in commands
)
_COMMAND = re.compile(r"\bpypcp ([a-z-]+)(?![^;,\n]* (?:-h|--host|--cluster)\b)")


def aimed(text: str, target: str) -> str:
    """The text, its commands ready to be pasted. ``target`` are options: ``-h bak``, ``--cluster shop``."""
    if not target:
        return text
    is_cluster = target.startswith("--cluster ") and " -" not in target  # the program takes this before any command

    def led(found: re.Match[str]) -> str:
        if found[1] not in _COMMANDS:
            return found[0]
        return f"pypcp {target} {found[1]}" if is_cluster else f"{found[0]} {target}"

    return _COMMAND.sub(led, text)
