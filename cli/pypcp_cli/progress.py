"""How a long operation goes on: lines for people on stderr, or one JSON event a line on stdout."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

import click

if TYPE_CHECKING:
    from pypcp.rejoin.plan import Plan, Step
    from pypcp.rejoin.refusals import Refused


class Progress(Protocol):
    """What a command tells while it plans and runs steps."""

    def planned(self, plan: Plan) -> None:
        """The plan was asked for, not its running."""
        ...

    def refused(self, refused: Refused) -> None:
        """Nothing is done, for these reasons; the error itself follows on its own way."""
        ...

    def begins(self, plan: Plan) -> None:
        """The steps of this plan come next."""
        ...

    def started(self, step: Step) -> None:
        """A step begins."""
        ...

    def ended(self, step: Step, seconds: float, said: str, already: bool) -> None:
        """A step's effect was seen."""
        ...

    def result(self, plan: Plan) -> None:
        """All is done."""
        ...


class Lines:
    """Plain lines, the same on a terminal and in a log."""

    def __init__(self) -> None:
        self._total = self._number = 0

    def planned(self, plan: Plan) -> None:
        click.echo("\n".join(plan.lines()))

    def refused(self, refused: Refused) -> None:
        pass

    def begins(self, plan: Plan) -> None:
        click.echo(plan.lines()[0], err=True)
        self._total, self._number = len(plan.steps), 0

    def started(self, step: Step) -> None:
        self._number += 1
        click.echo(f"{self._number:2}/{self._total} {step.host}: {step.title} ... ", err=True, nl=False)

    def ended(self, step: Step, seconds: float, said: str, already: bool) -> None:
        click.echo("was done already" if already else f"{seconds:.1f} s", err=True)

    def result(self, plan: Plan) -> None:
        if plan.steps:
            click.echo(f"{plan.target} follows {plan.source} and is in service.")
        else:
            click.echo(plan.lines()[0])


class JsonLines:
    """Events on stdout, one JSON object a line; the last one has the key ``result``."""

    def planned(self, plan: Plan) -> None:
        click.echo(json.dumps({"result": "planned", **plan.document()}))

    def refused(self, refused: Refused) -> None:
        reasons = [{"code": each.code, "said": each.said, "do": each.do} for each in refused.refusals]
        click.echo(json.dumps({"result": "refused", "reasons": reasons}))

    def begins(self, plan: Plan) -> None:
        self._say("plan", **{key: value for key, value in plan.document().items() if key != "steps"})

    def started(self, step: Step) -> None:
        self._say("started", step=step.key, host=step.host, title=step.title)

    def ended(self, step: Step, seconds: float, said: str, already: bool) -> None:
        self._say("done", step=step.key, host=step.host, seconds=round(seconds, 3), already=already)

    def result(self, plan: Plan) -> None:
        document = plan.document()
        click.echo(json.dumps({"result": "done", **{key: document[key] for key in ("target", "source", "verdict")}}))

    def _say(self, event: str, **values: Any) -> None:
        click.echo(json.dumps({"event": event, **values}))
