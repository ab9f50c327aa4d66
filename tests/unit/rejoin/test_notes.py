"""What is told with a plan, and stands in nobody's way."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypcp.postgres.access import Attempt
from pypcp.postgres.instance import Sender
from pypcp.postgres.synchronous import Synchronous, parse
from pypcp.rejoin.facts import Facts
from pypcp.rejoin.steps import plan_for
from pypcp.rejoin.verdict import Verdict
from tests.unit.rejoin import worlds as w


@pytest.mark.parametrize(
    ("setting", "number", "names"),
    [
        ("ser", 1, ("ser",)),
        ("ser, bak", 1, ("ser", "bak")),
        ("*", 1, ("*",)),
        ("FIRST 2 (a, b, c)", 2, ("a", "b", "c")),
        ("any 1(a,b)", 1, ("a", "b")),
        (' 2 ("a b", "c""d") ', 2, ("a b", 'c"d')),
    ],
)
def test_the_setting_is_read_as_the_server_reads_it(setting: str, number: int, names: tuple[str, ...]) -> None:
    assert parse(setting) == Synchronous(number, names)


@given(st.text())
def test_any_other_text_is_nothing_or_no_list(setting: str) -> None:
    try:
        found = parse(setting)
    except ValueError:
        return
    assert found is None or found.names


def test_names_are_the_same_in_any_case_and_one_standby_counts_once() -> None:
    wanted = Synchronous(2, ("Ser", "ser", "bak"))
    assert (wanted.lacks([]), wanted.lacks(["SER"]), wanted.lacks(["ser", "bak"]), wanted.lacks(["x"])) == (2, 1, 0, 2)
    assert Synchronous(1, ("*",)).lacks(["whoever"]) == 0


def waiting(setting: str, name: str = "ser", *streaming: str) -> str:
    """The note about commits that wait, of a plan for a target that will stream under this name."""
    facts = w.with_source_server(
        dataclasses.replace(w.STOPPED, streaming=(Attempt({"user": "repl", "application_name": name}, "", 7),)),
        settings={**w.SETTINGS, "synchronous_standby_names": setting},
        senders=tuple(Sender(each, None, "streaming", None) for each in streaming),
    )
    return " ".join(plan_for(facts, Verdict.START).notes)


def test_commits_that_wait_for_a_standby_are_told() -> None:
    assert waiting("ser, x").endswith("asks for 1 of ser, x, and 0 stream; that ends when this node streams")
    assert "does not end with this node (application_name 'ser')" in waiting("third")
    assert "does not end with this node" in waiting("2 (ser, third)")
    assert waiting("2 (ser, third)", "ser", "third").endswith("and 1 stream; that ends when this node streams")
    assert waiting("ser", "").endswith("streams only if it is one of them")
    assert waiting("*", "").endswith("that ends when this node streams")


@pytest.mark.parametrize("setting", ["", "third", "ANY 1 (third, ser)", "*", "not, (a list"])
def test_commits_that_do_not_wait_are_not_told(setting: str) -> None:
    assert waiting(setting, "ser", "third") == ""


def archived(mine: str, theirs: str) -> Facts:
    facts = w.with_source(w.diverged(), settings={**w.SETTINGS, "archive_command": theirs})
    names = ("000000010000000000000003", "000000010000000000000004")
    return dataclasses.replace(
        facts, divergence=dataclasses.replace(w.DIVERGENCE, archived=names, archive_command=mine)
    )


def test_a_dead_branch_in_a_common_archive_is_told() -> None:
    plan = plan_for(archived("cp %p /secret/%f", "cp %p /secret/%f"), Verdict.REWIND)
    (note,) = plan.notes
    assert "(000000010000000000000003 to 000000010000000000000004)" in note and "recovery_target_timeline" in note
    assert plan.lines()[1] == f"Note: {note}" and plan.document()["notes"] == [note] and "secret" not in note
    assert plan_for(archived("cp %p /a/%f", "cp %p /b/%f"), Verdict.REWIND).notes == ()
