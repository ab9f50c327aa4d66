"""The grammars of PostgreSQL's files and strings: what is written is read back as the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypcp.postgres import configfile, conninfo
from pypcp.postgres.postmaster import former_options

text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
line_text = st.text(st.characters(codec="utf-8", exclude_characters="\0\n\r"), max_size=30)
names = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True)


@given(st.dictionaries(names, text, max_size=5))
def test_a_connection_string_is_read_as_it_was_written(values: dict[str, str]) -> None:
    assert conninfo.parse(conninfo.write(values)) == values


def test_passwords_stand_in_no_argument() -> None:
    values = {"host": "bak", "password": "it's", "user": "repl", "sslpassword": "geheim"}
    assert conninfo.apart(values) == ("host=bak user=repl", b"it's\n")
    assert conninfo.apart({"host": "bak"}) == ("host=bak", b"\n")


@pytest.mark.parametrize(
    ("string", "values"),
    [
        ("host=bak port = 5432", {"host": "bak", "port": "5432"}),
        (r"user='o''brien'", None),
        (r"password='it\'s\\x' user=a", {"password": r"it's\x", "user": "a"}),
        (r"password=it\'s", {"password": "it's"}),
        ("host='' user=r", {"host": "", "user": "r"}),
        ("host", None),
        ("", {}),
        ("postgresql://u:p%40w@h1:1,h2/db?sslmode=require", None),
    ],
)
def test_connection_strings_as_libpq_reads_them(string: str, values: dict[str, str] | None) -> None:
    if string.startswith("postgresql"):
        found = conninfo.parse(string)
        assert (found["user"], found["password"], found["host"], found["sslmode"]) == ("u", "p@w", "h1,h2", "require")
    elif values is None:
        with pytest.raises(ValueError, match="not a connection string"):
            conninfo.parse(string)
    else:
        assert conninfo.parse(string) == values


def test_no_password_is_shown_or_named_in_an_error() -> None:
    assert "tiger" not in conninfo.write(conninfo.without_secrets({"user": "a", "password": "tiger"}))
    with pytest.raises(ValueError) as caught:
        conninfo.parse("password='tiger")
    assert "tiger" not in str(caught.value)


@given(line_text)
def test_a_setting_is_read_as_it_was_written(value: str) -> None:
    assert configfile.settings(configfile.with_settings("", {"a": value})) == {"a": value}


@given(
    st.lists(st.sampled_from(["# c", "a = 1", "A 2", "b='x' # y", "", "a = 'it''s'", "include 'f'"]), max_size=8),
    line_text,
)
def test_setting_never_stacks_and_leaves_the_rest(lines: list[str], value: str) -> None:
    before = "\n".join(lines)
    after = configfile.with_settings(before, {"a": value})
    assert configfile.settings(after)["a"] == value
    assert sum(line.lower().startswith("a ") for line in after.split("\n")) == 1
    others = [line for line in lines if not line.lower().startswith("a ") and line]
    assert [line for line in after.split("\n") if not line.lower().startswith("a ") and line] == others
    assert configfile.with_settings(after, {"a": value}) == after


def test_a_connection_string_inside_a_setting() -> None:
    wanted = conninfo.write({"host": "h", "password": "it's\\x y"})
    written = configfile.with_settings("", {"primary_conninfo": wanted})
    assert written == "primary_conninfo = 'host=h password=''it\\\\''s\\\\\\\\x y'''\n"
    assert conninfo.parse(configfile.settings(written)["primary_conninfo"])["password"] == "it's\\x y"


def test_a_line_break_cannot_be_set() -> None:
    with pytest.raises(ValueError, match="line break"):
        configfile.with_settings("", {"a": "x\nport = 1"})


@pytest.mark.parametrize(
    ("opts", "options"),
    [
        ('/usr/bin/postgres "-D" "/d"\n', ""),
        ('/usr/bin/postgres "-D" "/d" "-p" "5433"\n', "-p 5433"),
        ('/usr/bin/postgres "-D/d" "-c" "config_file=/etc/x y.conf"\n', "-c 'config_file=/etc/x y.conf'"),
        ('/usr/bin/postgres "-D" "/d" "-c" "a="b""\n', "-c config_file=/etc/c"),
        ("/usr/bin/postgres\n", ""),
        ("", ""),
    ],
)
def test_options_of_the_last_start(opts: str, options: str) -> None:
    assert former_options(opts, "/etc/c") == options
