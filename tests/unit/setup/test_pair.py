"""A pair's description: what it may hold, and that it reads back as it was written."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypcp.errors import WrongUsage
from pypcp.setup import pairfile
from pypcp.setup.checks import Unfit
from pypcp.setup.pair import Member, Pair
from tests.unit.setup.pairs import pair, pairs


@given(pairs)
def test_what_is_written_reads_back_the_same(made: Pair) -> None:
    assert pairfile.parse(pairfile.written(made)) == made


HOSTILE = (
    *("a b", "a'b", 'a"b', "a\nb", "$(id)", "`id`", "a;b", "", "a\0b", "ä", "a\\b", "a|b", "a\r"),
    "-oProxyCommand=id",
)


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(
    "document",
    [
        {"hosts": [{"name": "%"}]},
        {"hosts": [{"data_directory": "/data/%"}]},
        {"hosts": [{"interface": "%"}]},
        {"pgpool": {"program": "/usr/%"}},
        {"pgpool": {"user": "%"}},
        {"virtual_ip": {"address": "%"}},
        {"users": {"check": "%"}},
        {"users": {"clients": ["%"]}},
        {"watchdog": {"trusted_servers": ["%"]}},
        {"name": "%"},
    ],
    ids=str,
)
def test_what_a_shell_or_a_file_could_take_for_more_is_refused(document: dict[str, object], value: str) -> None:
    whole = pairfile.document_of(pairfile.written(pair()))
    key, part = next(iter(document.items()))
    filled = _filled(part, value)
    if isinstance(filled, list):
        whole[key][0] |= filled[0]
    elif isinstance(filled, dict):
        whole[key] |= filled
    else:
        whole[key] = filled
    if value.startswith("-") and "/%" in str(document):
        return  # inside a path it is no option
    with pytest.raises(Unfit):
        pairfile.from_document(whole)


def _filled(part: object, value: str) -> object:
    if isinstance(part, dict):
        return {key: _filled(each, value) for key, each in part.items()}
    if isinstance(part, list):
        return [_filled(each, value) for each in part]
    return str(part).replace("%", value)


@given(st.text(alphabet=string.printable + "äß'\"\\\0", max_size=20))
def test_a_path_that_is_taken_is_one_word_of_a_shell(text: str) -> None:
    import shlex

    try:
        member = Member("host", text)
    except Unfit:
        return
    assert shlex.split(member.data_directory) == [text] and text.startswith("/") and ".." not in text.split("/")


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(WrongUsage) as raised:
        pairfile.parse('[[hosts]]\nname = "a b"\n[pgpool]\nport = "x"\nprot = 1\n[virtual_ip]\nprefix = 200\n')
    for part in ("hosts[0].data_directory", "pgpool.prot", "virtual_ip.address", "pgpool.version"):
        assert part in str(raised.value)


@pytest.mark.parametrize("line", ["max_pol = 3", "max_pool = 'many'", "work_dir = '/x'"])
def test_a_setting_that_this_pgpool_would_not_take_is_a_mistake(line: str) -> None:
    with pytest.raises(WrongUsage, match=r"pgpool\.settings"):
        pairfile.parse(pairfile.written(pair()) + f"\n[pgpool.settings]\n{line}\n")


def test_a_pair_has_two_hosts() -> None:
    document = pairfile.document_of(pairfile.written(pair()))
    document["hosts"] = document["hosts"][:1]
    with pytest.raises(Unfit, match="two or more"):
        pairfile.from_document(document)


def test_the_virtual_ip_is_nobodys_own() -> None:
    document = pairfile.document_of(pairfile.written(pair()))
    document["hosts"][0]["name"] = document["virtual_ip"]["address"]
    with pytest.raises(Unfit, match="virtual IP"):
        pairfile.from_document(document)
