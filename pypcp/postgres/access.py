"""Which connections to the source a node can make: to stream from it, and to be rewound from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pypcp.hosts import document
from pypcp.hosts.document import Item
from pypcp.hosts.host import Host
from pypcp.postgres import conninfo, scripts
from pypcp.postgres.instance import Instance


@dataclass(frozen=True)
class Attempt:
    """One connection string that was tried from the node, and what came of it: ``trouble`` is empty when it serves."""

    values: Mapping[str, str] = field(repr=False)
    trouble: str
    system_identifier: int | None = None
    missing: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The connection string without its password."""
        return conninfo.write(conninfo.without_secrets(self.values))


def try_streaming(host: Host, node: Instance, candidates: Sequence[Mapping[str, str]]) -> tuple[Attempt, ...]:
    """Ask IDENTIFY_SYSTEM over a replication connection with each candidate, from the node, as its owner."""
    asked = _ask(host, node, [({**each, "replication": "true"}, "IDENTIFY_SYSTEM") for each in candidates])
    return tuple(_identified(values, item) for values, item in zip(candidates, asked, strict=True))


def try_rewinding(host: Host, node: Instance, candidates: Sequence[Mapping[str, str]]) -> tuple[Attempt, ...]:
    """Connect with each candidate as pg_rewind will, and ask which of its functions may not be called."""
    asked = _ask(host, node, [(each, node.era.lacks_for_rewind) for each in candidates])
    return tuple(_privileged(values, item) for values, item in zip(candidates, asked, strict=True))


def is_anybody_there(host: Host, node: Instance, hostname: str, port: int) -> bool:
    """Whether a server answers there, asked from the node's host; with no hostname, on its local socket.

    Raises what ``Host.run`` raises.
    """
    script = '"$1/pg_isready" -q -t 5 -p "$3" ${2:+-h "$2"}'  # exits with 0 or 1 when one answers (docs: pg_isready)
    return host.run(script, [node.bindir, hostname, str(port)], as_user=node.owner).exit in (0, 1)


def _ask(host: Host, node: Instance, questions: Sequence[tuple[Mapping[str, str], str]]) -> list[Item]:
    if not questions:
        return []
    words, passwords = [node.bindir], b""
    for values, query in questions:
        source, password = conninfo.apart({"connect_timeout": "5", **values})
        words += [source, query]
        passwords += password
    tried = f"connect from {host.name} to the source"
    items = document.ask(host, tried, scripts.text("connect"), words, stdin=passwords, as_user=node.owner)
    with document.reading(tried):
        return [items[str(number)] for number in range(len(questions))]


def _identified(values: Mapping[str, str], item: Item) -> Attempt:
    first = item.text.strip().partition("|")[0]
    if item.exit or not first.isdigit():
        return Attempt(values, _one_line(item.text))
    return Attempt(values, "", int(first))


def _privileged(values: Mapping[str, str], item: Item) -> Attempt:
    if item.exit:
        return Attempt(values, _one_line(item.text))
    missing = tuple(line for line in item.text.splitlines() if line)
    return Attempt(values, f"may not call {', '.join(missing)}" if missing else "", missing=missing)


def _one_line(text: str) -> str:
    return " ".join(text.removeprefix("psql: ").split()) or "no answer"
