"""PostgreSQL's configuration files: one setting read or set, every other line left as it is.

The grammar is that of guc-file.l: ``name [=] value  # comment``; a value in single quotes doubles its quotes and
knows backslash escapes; of a repeated name the last line wins.
"""

from __future__ import annotations

import re

_LINE = re.compile(
    r"^[ \t]*([A-Za-z_][A-Za-z0-9_.$]*)(?:[ \t]*=[ \t]*|[ \t]+)"
    r"('(?:[^'\\\n]|\\.|'')*'|[^\s#']+)[ \t]*(?:#.*)?\r?$",
    re.MULTILINE,
)
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def settings(text: str) -> dict[str, str]:
    """Every setting of this one file (includes are not followed), names in lower case, the last of a name winning."""
    return {found[1].lower(): _unquoted(found[2]) for found in _LINE.finditer(text)}


def with_settings(text: str, wanted: dict[str, str]) -> str:
    """The text with each name set to its value exactly once: in the place of its last line, or at the end."""
    for name, value in wanted.items():
        text = _with_setting(text, name, f"{name} = {quoted(value)}")
    return text


def without(text: str, name: str) -> str:
    """The text without any line that sets that name."""
    for match in reversed([match for match in _LINE.finditer(text) if match[1].lower() == name]):
        text = text[: match.start()] + text[match.end() :].removeprefix("\n")
    return text


def _with_setting(text: str, name: str, line: str) -> str:
    found = [match for match in _LINE.finditer(text) if match[1].lower() == name]
    if not found:
        return text + ("" if text.endswith("\n") or not text else "\n") + line + "\n"
    last = found[-1]
    text = text[: last.start()] + line + text[last.end() :]
    for match in reversed(found[:-1]):
        text = text[: match.start()] + text[match.end() :].removeprefix("\n")
    return text


def quoted(value: str) -> str:
    """The value as a configuration file's string. Raises ValueError for a line break, which ends a setting."""
    if "\n" in value or "\r" in value or "\0" in value:
        raise ValueError("a setting cannot hold a line break")
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _unquoted(text: str) -> str:
    if not text.startswith("'"):
        return text
    return re.sub(r"''|\\([0-7]{1,3}|.)", _unescape, text[1:-1])


def _unescape(found: re.Match[str]) -> str:
    if found[1] is None:
        return "'"
    if found[1][0] in "01234567":
        return chr(int(found[1], 8))
    return _ESCAPES.get(found[1], found[1])
