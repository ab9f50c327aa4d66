"""pcp.conf as pgpool reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypcp.errors import WrongUsage
from pypcp.pgpool import pcp_conf
from pypcp.pgpool.conf import ConfError

MD5 = "098f6bcd4621d373cade4e832627b4f6"
TEXT = f"# users\n\npgadmin:{MD5}\nother:{'0' * 64}\npgadmin:{MD5[::-1]}\n"
NAMES = st.from_regex(r"[^:#\n\r\0][^:\n\r\0]{0,20}", fullmatch=True)
LINES = st.one_of(st.just(""), st.from_regex(r"#[^\n]{0,20}", fullmatch=True), NAMES.map(lambda name: f"{name}:{MD5}"))
TEXTS = st.lists(LINES).map("\n".join)


def test_users_with_their_lines() -> None:
    found = pcp_conf.users(TEXT)
    assert [(user.line, user.name, user.can_log_in) for user in found] == [
        (3, "pgadmin", True),
        (4, "other", False),
        (5, "pgadmin", True),
    ]
    assert pcp_conf.digest("test") == MD5


def test_a_user_has_one_line_and_one_password_afterwards() -> None:
    new = pcp_conf.digest("new")
    assert pcp_conf.with_user(TEXT, "pgadmin", new) == f"# users\n\npgadmin:{new}\nother:{'0' * 64}\n"
    assert pcp_conf.with_user("a:b", "c", new) == f"a:b\nc:{new}\n"
    assert pcp_conf.without_user(TEXT, "pgadmin") == f"# users\n\nother:{'0' * 64}\n"


@pytest.mark.parametrize("line", ["no colon", " ", "\r", "a" * 200 + ":" + MD5, "a:" + "b" * 200])
def test_a_line_at_which_pgpool_stops_is_named(line: str) -> None:
    with pytest.raises(ConfError, match="line 2 is no user:md5"):
        pcp_conf.users(f"# first\n{line}\n")


@pytest.mark.parametrize("name", ["", "a:b", "a\nb", "#a", "a" * 128, "é" * 64])
def test_a_name_that_no_line_can_hold_is_refused(name: str) -> None:
    with pytest.raises(WrongUsage):
        pcp_conf.with_user("", name, MD5)


@given(TEXTS, NAMES)
def test_other_lines_stay_as_they_are(text: str, name: str) -> None:
    changed = pcp_conf.with_user(text, name, MD5)
    others = [line for line in text.split("\n") if not line.startswith(f"{name}:")]
    assert [line for line in changed.split("\n") if not line.startswith(f"{name}:")] in (others, [*others, ""])
    assert [user.digest for user in pcp_conf.users(changed) if user.name == name] == [MD5]
    assert not [user for user in pcp_conf.users(pcp_conf.without_user(changed, name)) if user.name == name]


@given(st.text())
def test_any_text_gives_users_or_one_error(text: str) -> None:
    try:
        found = pcp_conf.users(text)
    except ConfError:
        return
    assert all(text.split("\n")[user.line - 1] == f"{user.name}:{user.digest}" for user in found)
