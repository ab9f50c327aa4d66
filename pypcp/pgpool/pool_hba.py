"""pool_hba.conf: who may connect through pgpool, from where, and how they log in. Text in, rules out.

The form is that of src/auth/pool_hba.c from 3.7: words in blanks, lists with commas, double quotes, ``#`` comments.
Unlike PostgreSQL, pgpool knows no groups: a list is not searched further from the first ``+group`` or ``samerole`` on.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pypcp.errors import on_one_line
from pypcp.pgpool.conf import ConfError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

TYPES = ("local", "host", "hostssl", "hostnossl")
METHODS = {  # since which version
    "trust": (3, 6),
    "reject": (3, 6),
    "md5": (3, 6),
    "pam": (3, 6),
    "cert": (4, 0),
    "password": (4, 0),
    "scram-sha-256": (4, 0),
    "ldap": (4, 2),
}
_LONGEST_LINE, _LONGEST_WORD = 8190, 255  # bytes; MAX_LINE and MAX_TOKEN
_WORD = re.compile(r'((?:"(?:[^"]|"")*(?:"|$)|[^ \t\r,#"])+)|([, \t\r]+)|(#.*)')


class Word(NamedTuple):
    """A word of a line; what is quoted is only a name, never a keyword."""

    text: str
    is_quoted: bool = False

    def is_keyword(self, keyword: str) -> bool:
        return not self.is_quoted and self.text == keyword

    def __str__(self) -> str:
        return '"' + self.text.replace('"', '""') + '"' if self.is_quoted else self.text


@dataclass(frozen=True)
class Rule:
    """One line: its number, from 1, and what it says. ``network`` is the address where it is one of numbers."""

    line: int
    type: str
    databases: tuple[Word, ...]
    users: tuple[Word, ...]
    address: Word | None
    network: Network | None
    method: str
    options: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The rule as a line, without its line end."""
        lists = (",".join(map(str, words)) for words in (self.databases, self.users))
        address = str(self.network or self.address) if self.address else ""
        return "  ".join(filter(None, (self.type, *lists, address, self.method, *self.options)))


@dataclass(frozen=True)
class Connection:
    """Somebody who connects. ``address`` is empty for the Unix socket; ``names`` are the host names that it resolves to
    and that resolve to it; ``own`` are the networks of pgpool's host, each with the host's own address."""

    database: str
    user: str
    address: str = ""
    is_ssl: bool = False
    names: Collection[str] = ()
    own: Sequence[ipaddress.IPv4Interface | ipaddress.IPv6Interface] = field(default=())


def rules(text: str, path: str = "pool_hba.conf") -> tuple[Rule, ...]:
    """The rules in their order. Raises ConfError, with the line's number, for what pgpool would not start with.

    ``@file`` words are kept as they are; a rule with one cannot be judged by :func:`which`.
    """
    lines = enumerate(text.split("\n"), 1)
    split = ((number, _words(line, number, path)) for number, line in lines)
    return tuple(_rule(number, words, path) for number, words in split if words)


def which(found: Sequence[Rule], who: Connection) -> Rule | None:
    """The rule that decides, which is the first that matches; None where none does, and pgpool refuses.

    Raises ConfError where a rule on the way names a file.
    """
    return next((rule for rule in found if _matches(rule, who)), None)


def _words(line: str, number: int, path: str) -> list[list[Word]]:
    """The fields of a line, each a list of words."""
    if len(line.encode("utf-8", "surrogateescape")) > _LONGEST_LINE:
        raise _wrong(number, path, "is longer than pgpool reads")
    if "\0" in line:
        raise _wrong(number, path, "has a NUL")
    fields: list[list[Word]] = []
    joins = False
    for found in _WORD.finditer(line.rstrip("\r")):
        if found[1] is not None:
            if joins and fields:
                fields[-1].append(_word(found[1], number, path))
            else:
                fields.append([_word(found[1], number, path)])
            joins = False
        elif found[2] is not None:
            joins = found[2].startswith(",")  # a comma belongs to the word in front of it: "a ,b" are two fields
    return fields


def _word(text: str, number: int, path: str) -> Word:
    plain = re.sub(r'"((?:[^"]|"")*)(?:"|$)', lambda found: found[1].replace('""', '"'), text)
    if len(plain.encode("utf-8", "surrogateescape")) > _LONGEST_WORD:
        raise _wrong(number, path, "has a word that is longer than pgpool reads")
    return Word(plain, text.startswith('"'))


def _rule(number: int, fields: list[list[Word]], path: str) -> Rule:
    type_ = _single(fields[0], number, path)
    if type_.text not in TYPES:
        raise _wrong(number, path, f"begins with {on_one_line(type_.text)!r}, which is none of {', '.join(TYPES)}")
    rest = iter(fields[1:])
    databases, users = (tuple(_next(rest, what, number, path)) for what in ("database", "user"))
    address, network = None, None
    if type_.text != "local":
        address = _single(_next(rest, "address", number, path), number, path)
        network = _network(address, rest, number, path)
    method = _single(_next(rest, "method", number, path), number, path).text
    if method not in METHODS:
        raise _wrong(number, path, f"has the method {on_one_line(method)!r}, which pgpool does not know")
    options = tuple(str(word) for words in rest for word in words)
    if wrong := next((each for each in options if "=" not in each), None):
        raise _wrong(number, path, f"ends with {on_one_line(wrong)!r}, which is not name=value")
    return Rule(number, type_.text, databases, users, address, network, method, options)


def _next(rest: Iterator[list[Word]], what: str, number: int, path: str) -> list[Word]:
    found = next(rest, None)
    if found is None:
        raise _wrong(number, path, f"ends before its {what}")
    return found


def _single(words: list[Word], number: int, path: str) -> Word:
    if len(words) > 1:
        raise _wrong(number, path, f"has a list where one word belongs: {on_one_line(','.join(map(str, words)))}")
    return words[0]


def _network(address: Word, rest: Iterator[list[Word]], number: int, path: str) -> Network | None:
    """The address as a network, with the mask that follows it; None for a keyword or a host name."""
    if any(address.is_keyword(keyword) for keyword in ("all", "samehost", "samenet")):
        return None
    start, slash, bits = address.text.partition("/")
    try:
        ipaddress.ip_address(start)
    except ValueError:
        if slash:
            raise _wrong(number, path, f"has {on_one_line(address.text)!r}, which is no address") from None
        return None
    mask = bits if slash else _single(_next(rest, "netmask", number, path), number, path).text
    try:
        return ipaddress.ip_network(f"{start}/{bits if slash else _bits(mask)}", strict=False)
    except ValueError:
        raise _wrong(number, path, f"has {on_one_line(f'{start} {mask}')!r}, which is no network") from None


def _bits(mask: str) -> int:
    """The leading ones of a netmask. Raises ValueError for one with holes, which pgpool takes and nobody means."""
    address = ipaddress.ip_address(mask)
    ones = f"{int(address):0{address.max_prefixlen}b}".rstrip("0")
    if "0" in ones:
        raise ValueError(mask)
    return len(ones)


def _wrong(number: int, path: str, what: str) -> ConfError:
    return ConfError(f"read {path}", f"line {number} {what}")


def _matches(rule: Rule, who: Connection) -> bool:
    return _matches_type(rule, who) and _matches_database(rule, who) and _matches_user(rule, who)


def _matches_type(rule: Rule, who: Connection) -> bool:
    if rule.type == "local" or not who.address:
        return rule.type == "local" and not who.address
    return rule.type != ("hostnossl" if who.is_ssl else "hostssl") and _matches_address(rule, who)


def _matches_address(rule: Rule, who: Connection) -> bool:
    from_ = ipaddress.ip_address(who.address)
    if rule.network:
        return from_ in rule.network
    if not rule.address or rule.address.is_keyword("all"):
        return True
    if rule.address.is_keyword("samehost"):
        return any(from_ == own.ip for own in who.own)
    if rule.address.is_keyword("samenet"):
        return any(from_ in own.network for own in who.own)
    wanted = rule.address.text.lower()
    return any(name.lower() == wanted or (wanted[0] == "." and name.lower().endswith(wanted)) for name in who.names)


def _matches_database(rule: Rule, who: Connection) -> bool:
    for word in rule.databases:
        _no_file(rule, word)
        if word.is_keyword("samegroup") or word.is_keyword("samerole"):
            return False
        if word.is_keyword("sameuser"):
            if who.database == who.user:
                return True
        elif word.is_keyword("all") or word.text == who.database:
            return True
    return False


def _matches_user(rule: Rule, who: Connection) -> bool:
    for word in rule.users:
        _no_file(rule, word)
        if not word.is_quoted and word.text.startswith("+"):
            return False
        if word.is_keyword("all") or word.text == who.user:
            return True
    return False


def _no_file(rule: Rule, word: Word) -> None:
    if not word.is_quoted and word.text.startswith("@") and len(word.text) > 1:
        raise ConfError("judge pool_hba.conf", f"line {rule.line} names a file: {on_one_line(word.text)}")
