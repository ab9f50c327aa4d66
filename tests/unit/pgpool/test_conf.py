"""pgpool.conf is read as pgpool reads it, and changed without touching what was not asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypcp.pgpool.conf import ConfError, PgpoolConf

SAMPLE = """\
# - pgpool Connection Settings -

#port = 9999
                                   # Port number
listen_addresses = '*'   # all
enable_pool_hba on
port_of_nothing = 5
backend_weight0 = 0.5
health_check_period = 5s
wd_priority = 1
wd_priority = 2
"""
NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,20}", fullmatch=True)
VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\0'\\"), max_size=30)


def test_values_are_read_without_quotes_and_the_last_line_wins() -> None:
    conf = PgpoolConf.parse(SAMPLE)
    assert conf.settings == {
        "listen_addresses": "*",
        "enable_pool_hba": "on",
        "port_of_nothing": "5",
        "backend_weight0": "0.5",
        "health_check_period": "5s",
        "wd_priority": "2",
    }
    assert conf.get("port") is None


def test_a_change_stands_where_the_setting_or_its_sample_stood() -> None:
    conf = PgpoolConf.parse(SAMPLE).changed(
        {"port": "5433", "listen_addresses": "a,b", "wd_priority": "7", "pcp_port": "9", "enable_pool_hba": None}
    )
    assert conf.text == (
        SAMPLE.replace("#port = 9999", "port = 5433")
        .replace("'*'", "'a,b'")
        .replace("wd_priority = 1", "#wd_priority = 1")
        .replace("wd_priority = 2", "wd_priority = 7")
        .replace("enable_pool_hba on", "#enable_pool_hba on")
        + "pcp_port = 9\n"
    )


@pytest.mark.parametrize(
    "line",
    [
        "port",
        "port = ",
        "= 5",
        "port = 'open",
        "port = 1 2",
        "a = 'b\0'",
        "a b c",
        "\x00",
        "a = 'b''c'",
        "a = 1.5min",
        "a = 'b\\' # it's",
    ],
)
def test_a_line_that_pgpool_could_not_read_is_named(line: str) -> None:
    with pytest.raises(ConfError, match="line 2"):
        PgpoolConf.parse("# first\n" + line)


@pytest.mark.parametrize("value", ["a\nb = 'c'", "it's", "C:\\", "\0"])
def test_a_value_that_would_become_something_else_is_refused(value: str) -> None:
    with pytest.raises(ConfError):
        PgpoolConf.parse("").changed({"failover_command": value})


def test_a_backslash_stays_and_keeps_a_quote() -> None:
    conf = PgpoolConf.parse(r"a = 'x\.y\'z' # it" + "\n")
    assert conf.get("a") == r"x\.y\'z" and conf.changed({"a": r"\d\'"}).text == r"a = '\d\'' # it" + "\n"


def test_the_comment_behind_a_sample_stays_and_a_sentence_is_none() -> None:
    text = "# port = 0 would mean any port\n#port = 9999   # of clients\n"
    assert PgpoolConf.parse(text).changed({"port": "9"}).text == text.replace("#port = 9999", "port = 9")


def test_an_include_is_no_setting() -> None:
    conf = PgpoolConf.parse("port = 1\ninclude 'more.conf'\nport = 2\n")
    assert conf.settings == {"port": "2"}
    assert [(entry.line, entry.name, entry.value) for entry in conf.entries][1] == (2, "include", "more.conf")


@given(st.lists(st.sampled_from(SAMPLE.split("\n"))), st.dictionaries(NAMES, st.one_of(st.none(), VALUES), max_size=3))
def test_lines_that_were_not_named_stay_byte_for_byte(lines: list[str], wanted: dict[str, str | None]) -> None:
    conf = PgpoolConf.parse("\r\n".join(lines) + "\n")
    after = conf.changed(wanted).text.split("\n")
    kept = {
        number: line
        for number, line in enumerate(conf.text.split("\n")[:-1])
        if not any(name in line for name in wanted)
    }
    assert all(after[number] == line for number, line in kept.items())


@given(st.text("'\\ab #=", max_size=12))
def test_a_string_is_the_longest_that_there_is(text: str) -> None:
    """Against the definition: a quote inside is one behind a backslash, and what follows it is nothing or a comment."""
    line = f"x = '{text}"
    closing = [at for at, letter in enumerate(text) if letter == "'"]
    ends = [at for at in closing if all(text[:inner].endswith("\\") for inner in closing if inner < at)]
    rest = text[ends[-1] + 1 :].strip() if ends else "unclosed"
    if rest and not rest.startswith("#"):
        with pytest.raises(ConfError):
            PgpoolConf.parse(line)
    else:
        assert PgpoolConf.parse(line).get("x") == text[: ends[-1]]


@given(st.dictionaries(NAMES, VALUES, max_size=6), st.dictionaries(NAMES, VALUES, max_size=6))
def test_what_is_written_is_read_back(first: dict[str, str], then: dict[str, str]) -> None:
    conf = PgpoolConf.parse(SAMPLE).changed(first).changed(then)
    assert dict(conf.settings) == {**PgpoolConf.parse(SAMPLE).settings, **first, **then}


@given(st.text(), st.dictionaries(NAMES, VALUES, max_size=3))
def test_any_text_gives_settings_or_one_error(text: str, wanted: dict[str, str]) -> None:
    try:
        conf = PgpoolConf.parse(text)
    except ConfError:
        return
    assert conf.text == text and conf.changed({}).text == text
    assert {**conf.settings, **wanted} == conf.changed(wanted).settings
