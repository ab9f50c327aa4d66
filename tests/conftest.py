"""What holds for all tests."""

from __future__ import annotations

import signal

import pytest
from hypothesis import settings

KILLED = "rejoins killed"  # a property of tests: how many

# How long an example takes says something of the machine, which other programs share, and nothing of the code.
settings.register_profile("pypcp", deadline=None)
settings.load_profile("pypcp")


# Whoever starts the tests in the background may have them ignored, and so would all that the tests start and interrupt.
for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell how many rejoins were really killed, of all workers."""
    ends = [each for each in sum(terminalreporter.stats.values(), []) if getattr(each, "when", "") == "teardown"]
    killed = sum(count for each in ends for name, count in each.user_properties if name == KILLED)
    if killed:
        terminalreporter.write_line(f"{killed} rejoins were killed before their ends, and finished by the next")
