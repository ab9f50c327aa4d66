"""pool_hba.conf: what a line says, and which one decides."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypcp.pgpool.conf import ConfError
from pypcp.pgpool.pool_hba import METHODS, TYPES, Connection, Rule, rules, which

TEXT = """\
# TYPE  DATABASE    USER        CIDR-ADDRESS          METHOD

local   all         all                               trust
hostssl app,"all"   "a b", c    192.0.2.0/24          scram-sha-256  # only from there
host    sameuser    all         192.0.2.0 255.255.255.128  md5
hostnossl all       all         .example.org          reject
host    all         +group,all  ::/0                  md5
host    all         all         samenet               pam pamservice=pgpool
"""


def decides(**who: object) -> int | None:
    found = which(rules(TEXT), Connection(**{"database": "db", "user": "u", **who}))  # type: ignore[arg-type]
    return found.line if found else None


def test_a_rule_says_what_it_said() -> None:
    found = rules(TEXT)
    assert [rule.line for rule in found] == [3, 4, 5, 6, 7, 8]
    assert found[1].text == 'hostssl  app,"all"  "a b",c  192.0.2.0/24  scram-sha-256'
    assert found[2].network == ipaddress.ip_network("192.0.2.0/25")
    assert found[5].options == ("pamservice=pgpool",)


def test_the_first_that_matches_decides() -> None:
    assert decides() == 3
    assert decides(address="192.0.2.1", is_ssl=True, database="app", user="a b") == 4
    assert decides(address="192.0.2.1", is_ssl=True, database="all", user="c") == 4, "quoted, all is a name"
    assert decides(address="192.0.2.1", database="app", user="c") is None
    assert decides(address="192.0.2.1", database="u", user="u") == 5
    assert decides(address="192.0.2.200", database="u", user="u") is None
    assert decides(address="198.51.100.1", names=["X.Example.org"]) == 6
    assert decides(address="198.51.100.1", names=["example.org"], is_ssl=True) is None
    assert decides(address="2001:db8::1") is None, "pgpool knows no groups, and stops at one"
    own = [ipaddress.ip_interface("198.51.100.7/24")]
    assert decides(address="198.51.100.1", own=own) == 8
    assert decides(address="203.0.113.1", own=own) is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("hosts all all all md5", "begins with 'hosts'"),
        ("host,local all all all md5", "a list where one word"),
        ("host all", "ends before its user"),
        ("host all all 192.0.2.1 md5", "no network"),
        ("host all all 192.0.2.1/33 md5", "no network"),
        ("host all all 192.0.2.1 255.0.255.0 md5", "no network"),
        ("host all all name/24 md5", "no address"),
        ("host all all all", "ends before its method"),
        ("host all all all sha256", "method 'sha256'"),
        ("host all all all pam service", "not name=value"),
        ("local all " + "x" * 300 + " md5", "longer than pgpool reads"),
        ("local all \0 md5", "a NUL"),
    ],
)
def test_a_line_that_pgpool_could_not_read_is_named(line: str, said: str) -> None:
    with pytest.raises(ConfError, match="line 2 ") as raised:
        rules(f"# first\n{line}\n")
    assert said in raised.value.said


def test_a_rule_that_names_a_file_is_not_judged() -> None:
    found = rules("local @admins all trust\n")
    with pytest.raises(ConfError, match="@admins"):
        which(found, Connection("db", "u"))


WORDS = st.from_regex(r"[^\n\r\0\udc80-\udcff]{1,10}", fullmatch=True).map(
    lambda text: '"' + text.replace('"', '""') + '"'
)
LISTS = st.lists(WORDS, min_size=1, max_size=3).map(",".join)
ADDRESSES = st.sampled_from(["all", "samehost", "192.0.2.0/24", "::/0", "a.example"])


@given(st.sampled_from(TYPES), LISTS, LISTS, ADDRESSES, st.sampled_from(sorted(METHODS)))
def test_a_rule_is_read_back_from_its_text(type_: str, databases: str, users: str, address: str, method: str) -> None:
    place = [] if type_ == "local" else [address]
    (found,) = rules(" ".join([type_, databases, users, *place, method]))
    (again,) = rules(found.text)
    assert again == found and (found.type, found.method) == (type_, method)


@given(st.lists(st.sampled_from([line for line in TEXT.split("\n") if "@" not in line])), st.booleans())
def test_no_rule_after_the_deciding_one_matters(lines: list[str], is_ssl: bool) -> None:
    who = Connection("u", "u", "192.0.2.1", is_ssl)
    found = rules("\n".join(lines))
    decided = which(found, who)
    if decided:
        assert which(found[: found.index(decided) + 1], who) == decided
    else:
        assert not any(which([rule], who) for rule in found)


@given(st.text())
def test_any_text_gives_rules_or_one_error(text: str) -> None:
    try:
        found = rules(text)
    except ConfError:
        return
    assert all(isinstance(rule, Rule) for rule in found)
