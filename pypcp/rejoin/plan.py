"""The plan: the steps from here to a standby in service, as values with the exact scripts that will run."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from pypcp.postgres.eras import NEWEST, Era
from pypcp.rejoin import scripts
from pypcp.rejoin.verdict import EXPLAINED, Verdict

TARGET, SOURCE = "target", "source"


@dataclass(frozen=True)
class Action:
    """A script on one of the two hosts: ``place`` is TARGET or SOURCE, ``era`` that of the PostgreSQL there.

    ``stdin`` may hold secrets and is never shown; ``timeout`` is in seconds. ``user`` runs it, by default the owner of
    the data directory; None is whoever we are there. ``log`` is the file on the target in which its tool tells how far
    it is. ``watches`` when it changes nothing there, so that nobody need wait for its end.
    """

    place: str
    script: str
    args: tuple[str, ...]
    stdin: bytes = field(default=b"", repr=False)
    timeout: float = 120.0
    era: Era = field(default=NEWEST, repr=False)
    user: str | None = ""
    log: str = ""
    watches: bool = False

    @property
    def text(self) -> str:
        """The whole shell script, in the words of its era."""
        return self.era.spelled(scripts.text(self.script))


@dataclass(frozen=True)
class PoolRequest:
    """What pgpool is asked to do with the target: ``attach`` or ``detach``; waited for ``timeout`` seconds."""

    word: str
    node_id: int
    timeout: float


@dataclass(frozen=True)
class Step:
    """One step: ``key`` for programs, ``title`` for people, where, and what.

    Each action is given what the one before it printed, as its last argument; those of ``beside`` are run at the same
    time as the last. ``command`` is its essence in a line.
    ``after`` is the key of the last step that it needs, when that is not the one before it: it begins as soon as that
    one has ended, or with the first step when the plan has no such one.
    """

    key: str
    title: str
    host: str
    actions: tuple[Action | PoolRequest, ...]
    command: str
    after: str | None = None
    beside: tuple[Action, ...] = ()


@dataclass(frozen=True)
class Plan:
    """The verdict and its steps; ``again`` says that after them the facts are gathered and decided anew.

    ``notes`` is what the operator should know before.
    """

    verdict: Verdict
    target: str
    source: str
    steps: tuple[Step, ...]
    again: bool = False
    notes: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """The plan for programs, without secrets."""
        return {
            "target": self.target,
            "source": self.source,
            "verdict": self.verdict.value,
            "explanation": EXPLAINED[self.verdict],
            "notes": list(self.notes),
            "steps": [step_document(step) for step in self.steps],
            "continues": self.again,
        }

    def lines(self, whole: bool = False) -> list[str]:
        """The plan for people; ``whole`` adds the full scripts."""
        lines = [f"{self.target}: {EXPLAINED[self.verdict]}.", *(f"Note: {note}" for note in self.notes)]
        for number, step in enumerate(self.steps, 1):
            lines += [f"{number:2}. {step.title}", f"      {step.host}: {step.command}"]
            for action in (*step.actions, *step.beside) if whole else ():
                if isinstance(action, Action):
                    lines += [f"        | {line}" for line in action.text.splitlines()]
        return lines


def step_document(step: Step) -> dict[str, Any]:
    """The step for programs, without secrets."""
    actions = [
        {"place": each.place, "script": each.text, "args": list(each.args)}
        if isinstance(each, Action)
        else {"place": "pgpool", "script": f"{each.word} node {each.node_id}", "args": []}
        for each in (*step.actions, *step.beside)
    ]
    return {"key": step.key, "title": step.title, "host": step.host, "command": step.command, "actions": actions}


def as_json(plan: Plan) -> str:
    """The plan as one JSON document."""
    return json.dumps(plan.document(), indent=2, ensure_ascii=False)
