"""Every option that takes seconds: what cannot be waited for is a wrong usage, before anything is begun."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypcp.timing import LONGEST
from pypcp_cli.main import main, program
from pypcp_cli.seconds import Seconds

WORDS = ("timeout", "interval", "deadline", "wait", "seconds")


def _options(command: click.Command, *path: str) -> Iterator[tuple[tuple[str, ...], str, object]]:
    """Each option of every command whose name speaks of seconds."""
    if isinstance(command, click.Group):
        with click.Context(command) as context:
            for name in command.list_commands(context):
                found = command.get_command(context, name)
                assert found
                yield from _options(found, *path, name)
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.is_flag and parameter.name in WORDS:
            yield path, parameter.opts[0], parameter.type


OPTIONS = sorted((path, option) for path, option, _ in _options(program))


def test_all_of_them_are_seconds() -> None:
    assert len(OPTIONS) > 20
    assert all(isinstance(kind, Seconds) for _, _, kind in _options(program))


@pytest.mark.parametrize("value", ["nan", "-nan", "inf", "-inf", "1e400", "-1", "0", "", "ten"])
@pytest.mark.parametrize(("path", "option"), OPTIONS, ids=lambda value: value if isinstance(value, str) else value[-1])
def test_no_number_that_can_be_waited_for(
    path: tuple[str, ...], option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main([*path, f"{option}={value}"])

    said = capsys.readouterr()
    assert code == 2 and said.out == ""
    assert f"Invalid value for '{option}'" in said.err and "seconds" in said.err


@given(st.floats(allow_nan=True, allow_infinity=True), st.sampled_from([0.001, 0.1]))
def test_seconds_are_between_the_least_and_a_month(value: float, least: float) -> None:
    try:
        assert Seconds(least)(repr(value)) == value
        assert least <= value <= LONGEST
    except click.BadParameter:
        assert not least <= value <= LONGEST
