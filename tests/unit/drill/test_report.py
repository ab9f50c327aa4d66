"""What a drill measured, and how it is told."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from pypcp.drill import report
from pypcp.drill.record import Act, Record, gaps, longest
from pypcp_cli import drill_report

ACTS = (
    Act("primary", "stop the primary", 2.0, 6.0, "node 1 is the primary", 1.25, 2.5),
    Act("rejoin", "rejoin the node", 6.0, 8.0, "<b>&", 0.1, 0.1),
)
PASSED = Record("lab", "2026-01-01 00:00:00 UTC", ACTS, (1.0, 2.0, 4.5, 9.0), (1.0, 2.0, 4.5, 9.0), 10.0, 1234, ())
MOMENTS = st.lists(st.floats(0, 100), max_size=30).map(sorted)


def test_a_gap_counts_whole_though_the_act_begins_within_it() -> None:
    assert gaps([1.0, 4.0, 5.0], 2.0, 4.5) == [(1.0, 4.0), (4.0, 5.0)]
    assert longest([1.0, 4.0, 5.0], 2.0, 4.5) == 3.0
    assert longest([], 2.0, 4.5) == 2.5


@given(MOMENTS, st.floats(0, 100), st.floats(0, 100))
def test_gaps_lie_between_successes_and_hold_none(moments: list[float], one: float, other: float) -> None:
    begin, end = sorted((one, other))
    found = gaps(moments, begin, end)
    assert not any(since < moment < until for since, until in found for moment in moments)
    assert all(first[1] == second[0] for first, second in zip(found, found[1:], strict=False))
    if found:
        assert found[0][0] <= begin and found[-1][1] >= end


def test_the_document_and_the_text() -> None:
    told = json.loads(drill_report.as_json(PASSED))
    assert told["passed"] is True and told["acts"][0]["seconds_without_write"] == 2.5
    assert "1.25 s" in drill_report.text(PASSED) and "none is missing" in drill_report.text(PASSED)


def test_what_is_missing_and_what_went_wrong_is_no_pass() -> None:
    missing = Record(**{**PASSED.__dict__, "missing": (7, 9)})
    assert not missing.passed and "2 of 1234 acknowledged commits are missing" in report.verdict(missing)
    ended = Record(**{**PASSED.__dict__, "trouble": "wait until x: not after 5 s\nSee: pypcp status"})
    assert not ended.passed and report.document(ended)["trouble"]
    assert "It ended early: wait until x: not after 5 s See: pypcp status" in drill_report.text(ended)


@given(MOMENTS, MOMENTS, st.text(st.characters(exclude_categories=("Cc", "Cs"))), st.floats(0, 100))
def test_the_picture_is_well_formed_whatever_is_in_it(
    connections: list[float], writes: list[float], name: str, seconds: float
) -> None:
    record = Record(name, "now", ACTS, tuple(connections), tuple(writes), seconds, 0, ())
    page = report.page(record)
    picture = ET.fromstring(page[page.index("<svg") : page.index("</svg>") + 6])
    assert picture.get("role") == "img" and "no write for 2.50 s" in (picture.get("aria-label") or "")
    assert "<b>" not in page and "&lt;b&gt;&amp;" in page
    assert "http" not in page


def test_red_is_where_nothing_succeeded() -> None:
    page = report.page(PASSED)
    assert page.count('class="bad"') == 2 * 5
