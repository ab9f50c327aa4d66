"""What need not wait for what comes before it: each in a thread of its own."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from pypcp.rejoin.plan import Plan, Step

T = TypeVar("T")


class Begun(threading.Thread, Generic[T]):
    """Something at work. No future of an executor: the interpreter waits for those, whatever the operator wants."""

    def __init__(self, do: Callable[[], T]) -> None:
        super().__init__(daemon=True)
        self._do = do
        self._outcome: tuple[T] | BaseException
        self.start()

    def run(self) -> None:
        try:
            self._outcome = (self._do(),)
        except BaseException as error:
            self._outcome = error

    def result(self) -> T:
        """What came of it, when it has ended. Raises what it raises."""
        self.join()
        if isinstance(self._outcome, BaseException):
            raise self._outcome
        return self._outcome[0]

    def raise_if_failed(self, within: float) -> None:
        """Raises what it has raised, if it has by now, or within so many seconds."""
        self.join(within)
        if not self.is_alive():
            self.result()


class Beside:
    """Begins a step as soon as the one that it needs has ended, and at once when the plan has no such one.

    ``do`` does a step and gives what it said. Whoever leaves with an error does not wait for the rest.
    """

    def __init__(self, plan: Plan, do: Callable[[Step], str]) -> None:
        self._do = do
        self._begun: dict[str, Begun[str]] = {}
        self._waiting = [step for step in plan.steps if step.after is not None]
        keys = {step.key for step in plan.steps}
        self._begin(step for step in self._waiting if step.after not in keys)

    def finish(self, step: Step) -> str:
        """What the step said, when it has ended; one that has not begun is done now. Raises what it raises."""
        begun = self._begun.get(step.key)
        said = begun.result() if begun else self._do(step)
        self._begin(each for each in self._waiting if each.after == step.key)
        return said

    def _begin(self, steps: Iterable[Step]) -> None:
        for step in steps:
            self._begun[step.key] = Begun(functools.partial(self._do, step))
