"""Commands in messages can be pasted: they reach the pgpool that the failed command talked to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypcp_cli.aimed import aimed


@pytest.mark.parametrize(
    ("text", "target", "wanted"),
    [
        ("pypcp attach -n 0", "--cluster lab", "pypcp --cluster lab attach -n 0"),
        ("pypcp attach -n 0", "--cluster lab -U ops", "pypcp attach --cluster lab -U ops -n 0"),
        ("Set it, then: pypcp reload-config", "-h ha", "Set it, then: pypcp reload-config -h ha"),
        ("pypcp promote -n 1 --switchover, or pg_ctl.", "-h ha", "pypcp promote -h ha -n 1 --switchover, or pg_ctl."),
        ("pypcp detach -n 0; then: pypcp rejoin 0", "-p 99", "pypcp detach -p 99 -n 0; then: pypcp rejoin -p 99 0"),
        ("Start pgpool on ha.", "-h ha", "Start pgpool on ha."),
        ("pypcp has promoted nothing.", "-h ha", "pypcp has promoted nothing."),
        ("pypcp setup apply; pypcp config diff", "-h ha", "pypcp setup apply; pypcp config diff"),
        ("pypcp status -h HOST", "-h ha", "pypcp status -h HOST"),
        ("Look: pypcp node-info", "", "Look: pypcp node-info"),
    ],
)
def test_the_options_stand_where_they_are_understood(text: str, target: str, wanted: str) -> None:
    assert aimed(text, target) == wanted


@given(st.text(), st.sampled_from(["", "-h ha", "--cluster lab"]))
def test_a_text_without_a_command_stays_as_it_is(text: str, target: str) -> None:
    assert "pypcp " in text or aimed(text, target) == text
