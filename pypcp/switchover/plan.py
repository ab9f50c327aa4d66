"""The plan: the steps that make another node the primary, as values with the exact scripts that will run."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Any

from pypcp.hosts.shell import invocation, quote
from pypcp.postgres import configfile
from pypcp.postgres.instance import Instance
from pypcp.rejoin import plan as of_rejoin
from pypcp.rejoin.plan import PoolRequest, Step, step_document
from pypcp.switchover import scripts
from pypcp.switchover.facts import Facts

OLD, NEW = "primary", "standby"


class Action(of_rejoin.Action):
    """A script of the switchover on one of the two hosts; ``place`` is OLD or NEW."""

    @property
    def text(self) -> str:
        """The whole shell script, in the words of its era."""
        return self.era.spelled(scripts.text(self.script))


@dataclass(frozen=True)
class Plan:
    """From ``old``, the primary, to ``new``; after the steps the old primary is rejoined.

    ``notes`` is what the operator should know before. ``advice`` tells for each step, by its key, what to do when it
    failed.
    """

    new: str
    old: str
    steps: tuple[Step, ...]
    notes: tuple[str, ...]
    advice: dict[str, str]
    timeout: float

    def document(self) -> dict[str, Any]:
        """The plan for programs, without secrets."""
        steps = [step_document(step) for step in self.steps]
        return {"node": self.new, "old_primary": self.old, "notes": list(self.notes), "steps": steps}

    def lines(self, whole: bool = False) -> list[str]:
        """The plan for people; ``whole`` adds the full scripts."""
        lines = [f"{self.new} becomes the primary in the place of {self.old}, which then becomes its standby."]
        lines += [f"Note: {note}" for note in self.notes]
        for number, step in enumerate(self.steps, 1):
            lines += [f"{number:2}. {step.title}", f"      {step.host}: {step.command}"]
            for action in (*step.actions, *step.beside) if whole else ():
                if isinstance(action, Action):
                    lines += [f"        | {line}" for line in action.text.splitlines()]
        return [*lines, f"Then {self.old} is rejoined, as `pypcp rejoin` does: it should need a start only."]


def plan_for(facts: Facts, timeout: float = 300.0) -> Plan:
    """The plan for facts against which there is no reason. ``timeout`` is for each wait, in seconds."""
    make = _Steps(facts, timeout)
    steps = (make.checkpoint(), make.stop(), make.received(), make.promote(), make.pgpool())
    return Plan(make.new_label, make.old_label, steps, tuple(_notes(facts)), make.advice(), timeout)


class _Steps:
    """Makes each step from the facts of both ends."""

    def __init__(self, facts: Facts, timeout: float) -> None:
        assert facts.primary and facts.primary.instance and facts.node.instance
        self.facts, self.timeout, self.seconds = facts, timeout, f"{max(timeout, 1):.0f}"
        self.old: Instance = facts.primary.instance
        self.new: Instance = facts.node.instance
        self.old_id, self.new_id = facts.primary.pool.id, facts.node.pool.id
        self.old_label, self.new_label = facts.primary.pool.label, facts.node.pool.label

    def checkpoint(self) -> Step:
        title = "checkpoint the primary, so that it stops quickly"
        return Step("checkpoint", title, self.old.host, (self._on_old("checkpoint"),), "psql -c CHECKPOINT")

    def stop(self) -> Step:
        title = "let commits wait for the standby, stop the primary, and see that it was shut down cleanly"
        if self.facts.unit and self.facts.request.service:
            return self._stop_by(self.facts.unit.name, title)
        command = quote([f"{self.old.bindir}/pg_ctl", "stop", "-D", self.old.data_directory, "-m", "fast", "-W"])
        return Step("stop", title, self.old.host, (self._on_old("stop", *self._guard(), self.seconds),), command)

    def _stop_by(self, unit: str, title: str) -> Step:
        """By systemd, beside the script that makes it safe and then asks for it by a word of this run alone."""
        asks = (self.old.journal.directory, secrets.token_hex(8))
        stop = self._on_old("stop", *self._guard(), self.seconds, *asks)
        where = (self.old.bindir, self.old.data_directory)
        waits = invocation(scripts.text("asked"), [*where, *asks], as_user=self.old.owner, owner_of=None)
        by_unit = replace(self._on_old("unit", unit, *waits), user=None)
        return Step("stop", title, self.old.host, (stop,), quote(["systemctl", "stop", unit]), beside=(by_unit,))

    def received(self) -> Step:
        title = "see that the standby has everything, the primary's last checkpoint included"
        command = self.new.era.spelled("pg_last_wal_replay_lsn() here > latest checkpoint location there")
        return Step("received", title, self.new.host, (self._on_new("received", self.seconds),), command)

    def promote(self) -> Step:
        promoted = self._on_new("promoted", self.seconds)
        if self.facts.pgpool_promotes:
            title = "have pgpool give up the old primary and promote the standby by its failover command"
            return Step("promote", title, "pgpool", (self._give_up(), promoted), f"pypcp detach -n {self.old_id}")
        title = "promote the standby"
        return Step("promote", title, self.new.host, (self._on_new("promote"), promoted), self._promote_command())

    def pgpool(self) -> Step:
        title = "wait until pgpool takes it for the primary"
        command = f"pypcp wait -n {self.new_id} --for primary"
        return Step("pgpool", title, "pgpool", (self._give_up(),), command)

    def advice(self) -> dict[str, str]:
        """For each step: how things stand when it failed, and the command to go on with."""
        service = self.facts.request.service
        start = [f"{self.old.bindir}/pg_ctl", "start", "-D", self.old.data_directory]
        who, start = ("root", ["systemctl", "start", service]) if service else (self.old.owner, start)
        back = f"as {who} on {self.old.host}: {quote(start)}; then: pypcp attach -n {self.old_id}"
        promoted = "If pgpool has promoted the standby meanwhile (pypcp status)"
        rejoin = f"pypcp rejoin {self.old_id}" + (f" --service {service}" if service else "")
        return {
            "checkpoint": f"Nothing was changed: {self.old_label} is still the primary.",
            "stop": f"pypcp has promoted nothing. If {self.old_label} still takes writes, all is as before. If it has "
            f"stopped, go back to it {back}. {promoted}: {rejoin}",
            "received": f"{self.old_label} is stopped, and pypcp has promoted nothing. To go back to it, {back}. "
            f"{promoted}, compare both before anything is overwritten: {rejoin} --dry-run tells what would be lost.",
            "promote": f"{self.old_label} is stopped, {self.new_label} has all of its transactions and is still a "
            f"standby. Promote it, as {self.new.owner} on {self.new.host}: {self._promote_command()}; then: {rejoin}",
            "pgpool": f"{self.new_label} takes writes, pgpool has not noticed. See pgpool's log; "
            f"pypcp detach -n {self.old_id} lets it search again; then: {rejoin}",
            "rejoin": f"{self.new_label} is the primary and serves; {self.old_label} is still to be brought back. "
            f"See what it needs: {rejoin} --dry-run",
        }

    def _guard(self) -> tuple[str, str]:
        """Settings for the stop, and the standby's name in pg_stat_replication.

        They make the standby a synchronous one, and keep the WAL that a rewind would need.
        """
        sender = self.facts.sender
        name = sender.application_name if sender else ""
        names = configfile.quoted('"' + name.replace('"', '""') + '"')
        keep, all_of_it = self.old.era.keeps_wal
        settings = f"synchronous_standby_names = {names}\nsynchronous_commit = 'on'\n{keep} = '{all_of_it}'"
        return settings, name

    def _promote_command(self) -> str:
        return quote([f"{self.new.bindir}/pg_ctl", "promote", "-D", self.new.data_directory])

    def _give_up(self) -> PoolRequest:
        return PoolRequest("detach", self.old_id, self.timeout)

    def _on_old(self, script: str, *args: str) -> Action:
        where = (self.old.bindir, self.old.data_directory)
        return Action(OLD, script, (*where, *args), timeout=self.timeout + 60, era=self.old.era)

    def _on_new(self, script: str, *args: str) -> Action:
        where = (self.new.bindir, self.new.data_directory)
        return Action(NEW, script, (*where, *args), timeout=self.timeout + 60, era=self.new.era)


def _notes(facts: Facts) -> list[str]:
    """What a switchover means for the others, and for commits that wait for a standby."""
    follow = facts.settings.get("follow_primary_command") or facts.settings.get("follow_master_command") or ""
    how = "left to pgpool's follow_primary_command" if follow.strip() else "to be brought over by hand: pypcp rejoin"
    notes = [note] if (note := _systemd(facts)) else []
    notes += [f"{each.pool.label} follows the old primary, and is {how}" for each in facts.bystanders]
    node = facts.node.instance
    if node and node.settings.get("synchronous_standby_names"):
        notes.append("synchronous_standby_names is set: commits may wait until the old primary is back as a standby")
    return notes


def _systemd(facts: Facts) -> str:
    """What systemd and the old primary have to do with each other, where that is not what one would think."""
    unit, asked = facts.unit, facts.request.service
    if asked and not unit:
        return f"the unit {asked} does not run the primary now: it is stopped with pg_ctl, and started as that unit"
    if unit and not asked:
        return (
            f"systemd runs the primary as {unit.name}, and will not know of it as a standby: "
            f"--service {unit.name} stops and starts it as that"
        )
    return ""
