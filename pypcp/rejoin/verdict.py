"""What a target needs, once nothing forbids to help it."""

from __future__ import annotations

import enum


class Verdict(str, enum.Enum):
    """The chains of steps, from the shortest to the longest."""

    NOTHING = "nothing"
    ATTACH = "attach"
    STOP = "stop"  # runs, and must be stopped before more can be said
    START = "start"
    FINISH = "finish"  # rewound by an earlier run, never started since
    RESUME = "resume"  # a rewind died half-way
    REWIND = "rewind"


EXPLAINED = {
    Verdict.NOTHING: "it streams from the primary and pgpool has it in service: there is nothing to do",
    Verdict.ATTACH: "it streams from the primary, only pgpool has it down: attach it",
    Verdict.STOP: "it runs without following the primary: stop it, then look again and go on from there",
    Verdict.START: "its history is contained in the primary's: start it as a standby, then attach it",
    Verdict.FINISH: "it was rewound already and not started since: configure and start it, then attach it",
    Verdict.RESUME: "a rewind of it began and did not end: put back what was saved and rewind again, then start it",
    Verdict.REWIND: "it went its own way after the fork: rewind it, start it as a standby, then attach it",
}
