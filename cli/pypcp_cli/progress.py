"""How a long operation goes on: lines for people on stderr, or one JSON event a line on stdout."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from pypcp.errors import PypcpError, RefusedForSafety
from pypcp_cli.aimed import aimed

if TYPE_CHECKING:
    from pypcp.postgres.slots import UnusedSlot
    from pypcp.rejoin.nodes import PoolNode
    from pypcp.rejoin.plan import Plan, Step
    from pypcp.rejoin.watching import Amount
    from pypcp_cli.console import Console

KEEPING = ("swap", "close")  # the steps that tell where they put what was there before
BAR = 30  # characters
RARELY = 10  # percent from one line to the next where no bar can be drawn
AGAIN = "the same command run again goes on from there"


class Planned(Protocol):
    """What a rejoin and a switchover both have: steps, told to people and to programs."""

    @property
    def steps(self) -> tuple[Step, ...]: ...
    @property
    def notes(self) -> tuple[str, ...]: ...
    def lines(self) -> list[str]: ...
    def document(self) -> dict[str, Any]: ...


class Progress(Protocol):
    """What a command tells while it plans and runs steps."""

    def planned(self, plan: Planned) -> None:
        """The plan was asked for, not its running."""
        ...

    def failed(self, error: BaseException) -> None:
        """This ends it: a refusal, an error or an interruption, which itself follows on its own way."""
        ...

    def begins(self, plan: Planned) -> None:
        """The steps of this plan come next."""
        ...

    def started(self, step: Step) -> None:
        """A step begins."""
        ...

    def progressed(self, step: Step, amount: Amount) -> None:
        """A step that takes long has come as far as this."""
        ...

    def ended(self, step: Step, seconds: float, said: str, already: bool) -> None:
        """A step's effect was seen."""
        ...

    def unused(self, slots: list[tuple[PoolNode, UnusedSlot]]) -> None:
        """These replication slots have no connection, now that all is done."""
        ...

    def result(self, plan: Plan) -> None:
        """All is done."""
        ...

    def told(self, text: str, **values: Any) -> None:
        """Something of the command's own, as a text for people and as values for programs."""
        ...


def plan_text(plan: Planned, console: Console) -> str:
    """The plan for people, with commands of pypcp that can be pasted."""
    return aimed("\n".join(plan.lines()), console.target)


@contextlib.contextmanager
def told_to_the_end(report: Progress) -> Iterator[None]:
    """What ends the block before its end is told to the report, too, and goes on its way."""
    try:
        yield
    except (PypcpError, KeyboardInterrupt) as error:
        report.failed(error)
        raise


class Lines:
    """A line when a step begins and one when it has ended, the same on a terminal and in a log."""

    def __init__(self, console: Console, again: str = AGAIN) -> None:
        self._console, self._again = console, again
        self._total = self._number = self._told = 0

    def planned(self, plan: Planned) -> None:
        self._console.write(plan_text(plan, self._console) + "\n")

    def failed(self, error: BaseException) -> None:
        pass

    def begins(self, plan: Planned) -> None:
        self._console.say_prose(plan.lines()[0])
        for note in plan.notes:
            self._console.say_prose(f"Note: {note}")
        self._total, self._number = len(plan.steps), 0
        self._console.state = f"no step had begun; {self._again}"

    def started(self, step: Step) -> None:
        self._number, self._told = self._number + 1, 0
        begun = f"step {self._number} of {self._total} had begun on {step.host}, and may go on there ({step.title})"
        self._console.state = f"{begun}; {self._again}"
        self._console.say(f"{self._number:2}/{self._total} {step.host}: {step.title}")

    def progressed(self, step: Step, amount: Amount) -> None:
        text = f"{amount.percent:3} %, {amount.done >> 10} of {amount.total >> 10} MB"
        if self._console.can_pass:
            self._console.say_in_passing(f"      {_bar(amount.percent)} {text}")
        elif amount.percent >= self._told + RARELY:
            self._told = amount.percent // RARELY * RARELY
            self._console.say(f"      {text.strip()}")

    def ended(self, step: Step, seconds: float, said: str, already: bool) -> None:
        self._console.state = f"{self._number} of {self._total} steps were done; {self._again}"
        kept = said.replace("\n", " and ")
        where = f", kept in {kept}" if said and step.key in KEEPING else ""
        self._console.say("      was done already" if already else f"      done in {seconds:.1f} s{where}")

    def unused(self, slots: list[tuple[PoolNode, UnusedSlot]]) -> None:
        for node, slot in slots:
            kept = (
                f"keeps {slot.kept} bytes of WAL, and more as time goes on" if slot.kept is not None else "keeps no WAL"
            )
            self._console.say(f"{node.label}: nobody uses its {slot.kind} replication slot {slot.name}, which {kept}.")
            self._console.say(f"      If nobody will: {slot.drop(node.hostname, node.port)}")

    def result(self, plan: Plan) -> None:
        if not plan.steps:
            self._console.write(plan.lines()[0] + "\n")
            return
        self._console.write(f"{plan.target} follows {plan.source} and is in service.\n")

    def told(self, text: str, **values: Any) -> None:
        self._console.write_while_read(text)


def _bar(percent: int) -> str:
    full = BAR * min(percent, 100) // 100
    return f"[{'#' * full}{'.' * (BAR - full)}]"


class JsonLines:
    """Events on stdout, one JSON object a line; the last one has the key ``result``."""

    def __init__(self, console: Console, again: str = AGAIN) -> None:
        self._console, self._again = console, again

    def planned(self, plan: Planned) -> None:
        self._say(result="planned", **plan.document())

    def failed(self, error: BaseException) -> None:
        if isinstance(error, PypcpError):
            reasons = [{"code": each.code, "said": each.said, "do": each.do} for each in getattr(error, "refusals", ())]
            told = {"reasons": reasons} if reasons else {"tried": error.tried, "said": error.said, "do": error.do}
            self._say(result="refused" if isinstance(error, RefusedForSafety) else "failed", **told)
        else:
            self._say(result="interrupted", said=self._console.state)

    def begins(self, plan: Planned) -> None:
        self._console.state = f"no step had begun; {self._again}"
        self._say(event="plan", **{key: value for key, value in plan.document().items() if key != "steps"})

    def started(self, step: Step) -> None:
        self._console.state = f"step {step.key} had begun on {step.host}, and may go on there; {self._again}"
        self._say(event="started", step=step.key, host=step.host, title=step.title)

    def progressed(self, step: Step, amount: Amount) -> None:
        told = {"done_kb": amount.done, "total_kb": amount.total, "percent": amount.percent}
        self._say(event="progress", step=step.key, **told)

    def ended(self, step: Step, seconds: float, said: str, already: bool) -> None:
        self._say(event="done", step=step.key, host=step.host, seconds=round(seconds, 3), already=already, said=said)

    def unused(self, slots: list[tuple[PoolNode, UnusedSlot]]) -> None:
        for node, slot in slots:
            told = {"name": slot.name, "kind": slot.kind, "kept_bytes": slot.kept}
            self._say(event="unused-slot", node=node.id, **told, drop=slot.drop(node.hostname, node.port))

    def result(self, plan: Plan) -> None:
        document = plan.document()
        self._say(result="done", **{key: document[key] for key in ("target", "source", "verdict")})

    def told(self, text: str, **values: Any) -> None:
        self._say(**values)

    def _say(self, **values: Any) -> None:
        self._console.write_while_read(json.dumps(values) + "\n")
