"""Replication slots that nobody uses: each keeps WAL on its server until somebody comes for it, or the disk is full."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from pypcp.hosts import document
from pypcp.hosts.host import Host
from pypcp.hosts.shell import quote
from pypcp.postgres import scripts
from pypcp.postgres.instance import Instance

NAME = re.compile(r"[a-z0-9_]{1,63}")  # docs: "Replication Slots"; anything else never was one


@dataclass(frozen=True)
class UnusedSlot:
    """A slot without a connection. ``kept`` is how far behind its WAL begins, in bytes; None when it keeps none."""

    name: str
    kind: str
    kept: int | None

    def drop(self, hostname: str, port: int) -> str:
        """The command that drops it, on the node with this address."""
        words = ["psql", *(["-h", hostname] if hostname else []), "-p", str(port), "-d", "postgres", "-c"]
        return f"{quote(words)} \"SELECT pg_drop_replication_slot('{self.name}')\""


def unused(host: Host, instance: Instance) -> tuple[UnusedSlot, ...]:
    """The slots of the running ``instance`` that have no connection now.

    Without those that end with their session, and those that a standby of 17 keeps in step with its primary's.
    Raises MalformedReply, OperationFailed, and what ``Host.run`` raises.
    """
    tried = f"ask for the replication slots of {instance.data_directory} on {host.name}"
    script = instance.era.spelled(scripts.text("prelude", "slots"))
    answer = host.run(script, [instance.bindir, instance.data_directory], owner_of=instance.data_directory)
    answer.or_fail(tried)
    with document.reading(tried):
        return tuple(_slot(each["name"], each["kind"], each["kept"]) for each in json.loads(answer.stdout))


def _slot(name: str, kind: str, kept: int | None) -> UnusedSlot:
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a slot")
    return UnusedSlot(name, kind, kept)
