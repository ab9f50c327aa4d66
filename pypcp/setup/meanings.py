"""What pgpool's settings mean, in the words of the installed version's own sample."""

from __future__ import annotations

import re

_SETTING = re.compile(r"#?[ \t]?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=(?:[^#'\n]|'[^'\n]*')*(?:#(.*))?")
_COMMENT = re.compile(r"[ \t]{8,}#(.*)")


def meanings(sample: str) -> dict[str, str]:
    """The first line, or what is a sentence of it, of the comment behind or below each setting of a sample."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in sample.split("\n"):
        if setting := _SETTING.fullmatch(line):
            name = setting[1]
            found.setdefault(name, [setting[2] or ""])
        elif name and (comment := _COMMENT.fullmatch(line)):
            found[name].append(comment[1])
        else:
            name = ""
    return {name: told for name, lines in found.items() if (told := _first(lines))}


def _first(lines: list[str]) -> str:
    text = next((line.strip() for line in lines if line.strip()), "")
    return re.split(r"[.:;(]", text, maxsplit=1)[0].strip()[:80]
