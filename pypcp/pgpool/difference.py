"""What two sets of settings differ in, by their meaning: 60s is 1min, on is true, not said is the default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pypcp.pgpool.parameter import CHOICE, TEXT, Parameter, Release
from pypcp.pgpool.parameters import lookup

_LEVELS = {10 + at: name for at, name in enumerate(("debug5", "debug4", "debug3", "debug2", "debug1", "log"))} | {
    17: "info",
    18: "notice",
    19: "warning",
    20: "error",
    21: "fatal",
    22: "panic",
}
# A reload adds a node, and never moves one that there is (pool_config_variables.c, BackendHostAssignFunc).
_OF_A_NODE = ("backend_hostname#", "backend_port#", "backend_data_directory#")
# What a running pgpool tells otherwise than its file says it, so that nothing follows from a difference
# (src/utils/pool_process_reporting.c): lists and paths worked out, and what it was given on its command line.
_TOLD_OTHERWISE = ("log_destination", "pool_passwd", "arping_cmd", "if_up_cmd", "if_down_cmd", "wd_priority")


class Difference(NamedTuple):
    """One parameter: its value here and there, None where it is not said; whether a change of it needs a restart."""

    name: str
    here: str | None
    there: str | None
    needs_restart: bool
    is_secret: bool

    def shown(self) -> tuple[str | None, str | None]:
        """Both values, secrets as three asterisks."""
        if not self.is_secret:
            return self.here, self.there
        return tuple("***" if value else value for value in (self.here, self.there))  # type: ignore[return-value]


def differences(here: Mapping[str, str], there: Mapping[str, str], release: Release) -> list[Difference]:
    """What differs, in the order of ``here``, then of ``there``. A name that this release does not have is text."""
    names = dict.fromkeys([*here, *there])
    return [_difference(name, here, there, release) for name in names if _differ(name, here, there, release)]


class Comparison(NamedTuple):
    """A file and the pgpool that runs: what differs; what is not in the file, and not its version's default either;
    the file's settings that pgpool does not tell."""

    differing: list[Difference]
    unsaid: list[Difference]
    untold: list[str]


def against_running(said: Mapping[str, str], told: Iterable[tuple[str, str]], release: Release) -> Comparison:
    """A file's settings against what pool_status told.

    What the file does not say is apart: defaults differ between minor releases and packages. Weights are compared as
    shares of their sum, which is all that pgpool tells.
    """
    there = _with_shares(running(told, release))
    here = {name: value for name, value in _with_shares(said).items() if name in there}
    found = differences(here, there, release)
    return Comparison(
        [each for each in found if each.here is not None],
        [each for each in found if each.here is None],
        [name for name in said if name not in there and lookup(name, release)],
    )


def _with_shares(said: Mapping[str, str]) -> dict[str, str]:
    try:
        weights = {name: float(value) for name, value in said.items() if name.startswith("backend_weight")}
    except ValueError:
        return dict(said)
    total = sum(weights.values()) or 1.0
    return {**said, **{name: f"{weight / total:.4f}" for name, weight in weights.items()}}


def running(told: Iterable[tuple[str, str]], release: Release) -> dict[str, str]:
    """What pool_status told, in the words of pgpool.conf, as far as it can be compared: no secrets, nothing masked."""
    found: dict[str, str] = {}
    for name, value in told:
        parameter = lookup(name, release)
        if parameter and not parameter.is_secret and name not in _TOLD_OTHERWISE:
            if (said := _in_words(parameter, value)) is not None:
                found[name] = said
    return found


def _difference(name: str, here: Mapping[str, str], there: Mapping[str, str], release: Release) -> Difference:
    parameter = lookup(name, release)
    restart = (
        parameter.needs_restart(release) or (parameter.name in _OF_A_NODE and name in here) if parameter else False
    )
    return Difference(name, here.get(name), there.get(name), restart, is_secret(name))


def is_secret(name: str) -> bool:
    """Whether the value of this name may not be shown, also of one that no pgpool has."""
    return Parameter(name, TEXT, None, "").is_secret


def _differ(name: str, here: Mapping[str, str], there: Mapping[str, str], release: Release) -> bool:
    parameter = lookup(name, release)
    if not parameter:
        return here.get(name) != there.get(name)
    default = parameter.default_in(release)
    return parameter.meaning(here.get(name, default)) != parameter.meaning(there.get(name, default))


def _in_words(parameter: Parameter, value: str) -> str | None:
    """The value as pgpool.conf has it; None where that cannot be told."""
    if parameter.kind is CHOICE:
        return _chosen(parameter, value)
    return "" if value == "(null)" else value


def _chosen(parameter: Parameter, value: str) -> str | None:
    """The word for a choice, which PCP tells by its number: from 1, but the verbosity from 0, and levels as elog.h."""
    if not value.isdecimal():
        return value
    if len(value) > 3:
        return None
    choices = parameter.choices.split()
    if parameter.name.endswith("_min_messages"):
        return _LEVELS.get(int(value))
    if parameter.name == "syslog_facility":
        return None
    at = int(value) - (parameter.name != "log_error_verbosity")
    return choices[at] if 0 <= at < len(choices) else None
