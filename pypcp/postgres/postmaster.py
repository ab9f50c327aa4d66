"""How a postmaster was started last: its postmaster.opts."""

from __future__ import annotations

from pypcp.hosts.shell import quote


def former_options(opts: str, config_file: str) -> str:
    """The options of the last start as ``pg_ctl -o`` takes them, without the data directory.

    postmaster.opts has every word in double quotes, unescaped: where a word holds one itself, the words cannot be told
    apart, and only the configuration file is kept.
    """
    words = opts.rstrip("\n").split('" "')
    words[0] = words[0].partition('"')[2]
    words[-1] = words[-1].removesuffix('"')
    if any('"' in word for word in words):
        return quote(["-c", f"config_file={config_file}"])
    kept: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "-D":
            next(rest, None)
        elif word and not word.startswith("-D"):
            kept.append(word)
    return quote(kept)
