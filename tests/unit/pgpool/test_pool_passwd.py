"""pool_passwd as pgpool reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypcp.errors import WrongUsage
from pypcp.pgpool import pool_passwd
from pypcp.pgpool.pool_passwd import Kind

TEXT = """\
app:md554c20d5a50c3a5a6c81bd5a43e3fbbd7
check:TEXTa\\:b\\\\c
old:geheim
aes:AESThz6ncSNBEfJZ0NTwCLWlQ==
scram:SCRAM-SHA-256$4096:c2FsdA==$a:b
app:TEXTlater
mapped:TEXTone:other:TEXTtwo
"""
ROLES = st.from_regex(r"[^:\\\n\r\0]{1,15}", fullmatch=True)
VALUES = st.from_regex(r"[^\n\r\0]{1,30}", fullmatch=True)


def test_entries_with_their_kinds_and_passwords() -> None:
    found = pool_passwd.entries(TEXT)
    assert [(entry.role, entry.kind, entry.password) for entry in found] == [
        ("app", Kind.MD5, None),
        ("check", Kind.TEXT, "a:b\\c"),
        ("old", Kind.PLAIN, "geheim"),
        ("aes", Kind.AES, None),
        ("scram", Kind.SCRAM, None),
        ("app", Kind.TEXT, "later"),
        ("mapped", Kind.TEXT, "one"),
    ]
    assert "geheim" not in repr(found) and found[2].line == 3


def test_md5_is_what_the_server_has_too() -> None:
    # select 'md5' || md5('secret' || 'app')
    assert pool_passwd.md5("secret", "app") == "md56a422f785c9e20873908ce25d1736ae2"


def test_a_role_has_one_line_afterwards() -> None:
    changed = pool_passwd.with_entry(TEXT, "app", pool_passwd.text("new"))
    assert changed == TEXT.replace("app:TEXTlater\n", "").replace("md554c20d5a50c3a5a6c81bd5a43e3fbbd7", "TEXTnew")
    assert pool_passwd.with_entry("a:b", "c", "d") == "a:b\nc:d\n"
    assert "app" not in {entry.role for entry in pool_passwd.entries(pool_passwd.without_entry(TEXT, "app"))}


def test_a_comment_is_named_since_it_hides_the_line_below() -> None:
    assert pool_passwd.strays("# comment\napp:x\n\nmore\n") == (1, 4)


@pytest.mark.parametrize("role", ["", "a:b", "a\\b", "a\nb", "a" * 64])
def test_a_role_that_no_line_can_hold_is_refused(role: str) -> None:
    with pytest.raises(WrongUsage):
        pool_passwd.with_entry("", role, "x")


@pytest.mark.parametrize("value", ["", "a\nb", "TEXT" + "x" * 125, "\0"])
def test_a_password_that_pgpool_would_cut_is_refused(value: str) -> None:
    with pytest.raises(WrongUsage) as refused:
        pool_passwd.with_entry("", "app", value)
    assert not value or value not in str(refused.value)


@given(st.lists(st.tuples(ROLES, VALUES)), ROLES, VALUES)
def test_what_is_written_is_read_back_and_others_stay(rows: list[tuple[str, str]], role: str, value: str) -> None:
    before = ""
    for each in rows:
        before = pool_passwd.with_entry(before, *each)
    after = pool_passwd.with_entry(before, role, value)
    wanted = {**dict(rows), role: value}
    assert {entry.role: entry.value for entry in pool_passwd.entries(after)} == wanted
    others = [line for line in before.split("\n") if not line.startswith(f"{role}:")]
    assert [line for line in after.split("\n") if not line.startswith(f"{role}:")] in (others, [*others, ""])


@given(st.text())
def test_any_text_is_read(content: str) -> None:
    numbers = [*pool_passwd.strays(content), *(entry.line for entry in pool_passwd.entries(content))]
    assert sorted(numbers) == [n for n, line in enumerate(content.split("\n"), 1) if line]
