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
    FETCH = "fetch"  # WAL that a rewind needs is only in the archive: once it is back, more can be said
    RESUME = "resume"  # a rewind died half-way
    REWIND = "rewind"
    BASEBACKUP = "basebackup"  # only when asked for
    CREATE = "create"  # likewise, where there is no data directory
    SWAP = "swap"  # a new copy has begun to take the place of the data directory


EXPLAINED = {
    Verdict.NOTHING: "it streams from the primary and pgpool has it in service: there is nothing to do",
    Verdict.ATTACH: "it streams from the primary, only pgpool has it down: attach it",
    Verdict.STOP: "it runs without following the primary: stop it, then look again and go on from there",
    Verdict.START: "its history is contained in the primary's: start it as a standby, then attach it",
    Verdict.FINISH: "it was rewound already and not started since: configure and start it, then attach it",
    Verdict.RESUME: "a rewind of it began and did not end: put back what was saved and rewind again, then start it",
    Verdict.BASEBACKUP: "as asked, it gets a new copy of the primary in the place of its data directory",
    Verdict.CREATE: "it has no data directory, and only pgpool's settings tell that it belongs to this cluster: "
    "as asked, it gets a copy of the primary there",
    Verdict.SWAP: "a new copy of the primary was taking the place of its data directory: end that, then look again",
    Verdict.FETCH: "it went its own way after the fork, and WAL that has to be read is only in the archive: bring that "
    "back, then look again and go on from there",
    Verdict.REWIND: "it went its own way after the fork: rewind it, start it as a standby, then attach it",
}

METHODS = {
    "attach": (Verdict.NOTHING, Verdict.ATTACH),
    "start": (Verdict.NOTHING, Verdict.ATTACH, Verdict.STOP, Verdict.START, Verdict.FINISH),
    "rewind": (
        Verdict.NOTHING,
        Verdict.ATTACH,
        Verdict.STOP,
        Verdict.FETCH,
        Verdict.FINISH,
        Verdict.RESUME,
        Verdict.REWIND,
    ),
    "basebackup": (
        Verdict.NOTHING,
        Verdict.ATTACH,
        Verdict.STOP,
        Verdict.FETCH,
        Verdict.BASEBACKUP,
        Verdict.CREATE,
        Verdict.SWAP,
        Verdict.START,  # what an earlier run has copied
    ),
}
