"""What a value of a pair's description may be. All of them end up in files and commands that run as root somewhere."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Any

from pypcp.errors import WrongUsage, on_one_line

Check = Callable[[object], str]  # what is wrong with the value, in words; empty when it is right

_HOSTNAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?:\.(?!-)[A-Za-z0-9_-]{1,63})*")
_PATH = re.compile(r"(?:/[A-Za-z0-9_+@:,=.-]+)+")
_VERSION = re.compile(r"[3-9]\.[0-9]{1,2}")


class Unfit(WrongUsage):
    """A value that cannot stand in a pair's description."""


def _matching(pattern: str, wanted: str) -> Check:
    known = re.compile(pattern)
    return lambda value: "" if isinstance(value, str) and known.fullmatch(value) else wanted


os_user = _matching(r"[a-z_][a-z0-9_-]{0,31}", "the name of a user of the operating system")
role = _matching(r"[A-Za-z_][A-Za-z0-9_.@-]{0,62}", "a role's name, of letters, digits and _ . @ -")
interface = _matching(r"[A-Za-z0-9_.-]{1,15}", "a network interface, such as eth0")
word = _matching(r"[A-Za-z0-9_.-]{1,63}", "a word of letters, digits and _ . -")
cluster = _matching(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,62}", "a word of letters, digits, _ and -")
listen = _matching(r"\*|[A-Za-z0-9_.:,-]{1,255}", "'*', or addresses with commas between them")
rule = _matching(
    r"(local|host|hostssl|hostnossl)(?:[ \t]+[A-Za-z0-9_.@:/+,-]+){3,5}",
    "a line of pool_hba.conf: TYPE DATABASE USER ...",
)


def hostname(value: object) -> str:
    """A hostname or an address."""
    right = isinstance(value, str) and len(value) < 254 and (_HOSTNAME.fullmatch(value) or not address(value))
    return "" if right else "a hostname or an address"


def address(value: object) -> str:
    """An IPv4 or IPv6 address, without its zone."""
    try:
        return "" if isinstance(value, str) and "%" not in value and ipaddress.ip_address(value) else "an IP address"
    except ValueError:
        return "an IP address"


def address4(value: object) -> str:
    """An IPv4 address: the neighbours are told of the virtual IP by arping, which knows no other."""
    return "" if not address(value) and ":" not in str(value) else "an IPv4 address"


def path(value: object) -> str:
    """An absolute path that pgpool can hand to a shell as it is: it does not quote what stands for %D."""
    right = isinstance(value, str) and _PATH.fullmatch(value) and ".." not in value.split("/")
    return "" if right else "an absolute path of letters, digits and _ + @ : , = . -"


def program(value: object) -> str:
    """The absolute path of a program, in a directory that is not the root."""
    return "" if not path(value) and str(value).count("/") > 1 else f"{path('')}, in a directory"


def version(value: object) -> str:
    """A version of pgpool with two numbers."""
    right = isinstance(value, str) and _VERSION.fullmatch(value) and (3, 6) <= numbers(value)
    return "" if right else "pgpool's version, 3.6 or later, such as '4.3'"


def numbers(value: str) -> tuple[int, int]:
    """``'4.3'`` as ``(4, 3)``."""
    major, _, minor = value.partition(".")
    return int(major), int(minor)


def flag(value: object) -> str:
    return "" if isinstance(value, bool) else "true or false"


def number(low: int, high: int) -> Check:
    """A whole number from ``low`` to ``high``."""
    right = f"a number from {low} to {high}"
    return lambda value: "" if type(value) is int and low <= value <= high else right


def one_of(*words: str) -> Check:
    return lambda value: "" if value in words else f"one of {', '.join(words)}"


def empty_or(check: Check) -> Check:
    return lambda value: "" if value == "" else check(value)


def each(check: Check) -> Check:
    """A list whose members are all right."""

    def judge(value: object) -> str:
        if not isinstance(value, tuple):
            return "a list"
        return next((f"a list, each {wrong}" for one in value if (wrong := check(one))), "")

    return judge


def settings(value: object) -> str:
    """Further settings of pgpool.conf: names and texts."""
    from pypcp.pgpool.conf import ConfError, quoted

    if not isinstance(value, tuple):
        return "a table of settings"
    for name, text in value:
        if not re.fullmatch(r"[a-z_][A-Za-z0-9_]*", name) or not isinstance(text, str):
            return "a table of settings' names, each with a text"
        try:
            quoted(text)
        except ConfError as why:
            return f"texts that pgpool.conf can hold: {why.said}"
    return ""


def complaint(table: str, name: str, value: Any, wanted: str) -> str:
    """The sentence about a value that is not what it has to be."""
    place = f"{table}.{name}" if table else name
    return f"{place} is {on_one_line(repr(value))[:80]}; it has to be {wanted}"
