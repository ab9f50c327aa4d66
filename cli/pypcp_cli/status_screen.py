"""The status as one screen for a person."""

from __future__ import annotations

from pypcp.postgres import lsn
from pypcp.records import NodeStatus, Quorum
from pypcp.status import view
from pypcp_cli.aimed import aimed
from pypcp_cli.columns import columns, fitted, fitting, text_width, wrapped
from pypcp_cli.console import visible_line
from pypcp_cli.nodes import delay
from pypcp_cli.render import local

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from pypcp.records import Node, Watchdog
    from pypcp.status.facts import Facts, Server
    from pypcp.status.finding import Finding
    from pypcp_cli.console import Console

RED, YELLOW, GREEN, FAINT, BOLD, PLAIN = "\x1b[31;1m", "\x1b[33m", "\x1b[32m", "\x1b[2m", "\x1b[1m", "\x1b[0m"
NARROW = 100  # columns; in fewer a time has no year
SPARED = ("Weight", "SELECTs", "Since")  # what a narrow terminal does without, before names are cut
_COLOURS = {"critical": RED, "warning": YELLOW, "note": FAINT}


class Screen:
    """Turns facts into lines for a terminal: as wide as it is, in colour if it has some."""

    def __init__(self, console: Console) -> None:
        self._limit = console.width if console.is_terminal else None
        self._has_colour = console.has_colour

    def lines(
        self, facts: Facts, findings: Sequence[Finding], target: str = "", marked: Collection[int] = ()
    ) -> list[str]:
        """The whole screen.

        ``target`` are the options that make a command of pypcp reach this pgpool; ``marked`` the nodes to point at.
        """
        known = view.nodes(facts)
        return [
            *self.head(facts),
            *(self.nodes(facts, known, marked) if known else []),
            *(self._servers(facts, known) if facts.servers else []),
            *(self._watchdog(facts, facts.watchdog) if facts.watchdog else []),
            *self.problems(findings, target),
        ]

    def head(self, facts: Facts) -> list[str]:
        mode = (facts.mode or "").replace("_", " ")
        parts = [f"pgpool on {facts.pgpool}", facts.version or "", mode]
        text = visible_line(", ".join(filter(None, parts)))
        return [self.paint(BOLD, fitted(text, self._limit).rstrip() if self._limit else text)]

    def nodes(self, facts: Facts, nodes: Sequence[Node], marked: Collection[int] = ()) -> list[str]:
        """pgpool's view of the nodes."""
        by_sql = {node.id: node for node in facts.pool_nodes or ()}
        is_narrow = self._limit is not None and self._limit < NARROW
        rows = [_node_row(facts, node, by_sql.get(node.id), is_narrow) for node in nodes]
        rows = [(f"{row[0]} *" if row[0] in marked else row[0], *row[1:]) for row in rows]
        headings = ("Node", "Host", "Status", "Role", "Lag", "Weight", "SELECTs", "Since")
        told = [at for at in range(len(headings)) if any(row[at] is not None for row in rows)]
        lines = fitting([headings[at] for at in told], [[row[at] for at in told] for row in rows], SPARED, self._limit)
        painted = [self._by_status(node, line) for node, line in zip(nodes, lines[1:], strict=True)]
        stale = (
            ["(from pgpool's memory: it did not tell more in time)"]
            if facts.nodes_are_from_memory and not facts.pool_nodes
            else []
        )
        return ["", self.paint(FAINT, lines[0]), *painted, *stale]

    def _by_status(self, node: Node, line: str) -> str:
        if node.status.is_attached:
            return line
        return self.paint(RED if node.status is NodeStatus.DOWN else YELLOW, line)

    def _servers(self, facts: Facts, nodes: Sequence[Node]) -> list[str]:
        rows = [_server_row(facts, node, facts.servers.get(node.id)) for node in nodes]
        lines = columns(("Node", "PostgreSQL", "TL", "LSN", "Replayed", "Streams"), rows, self._limit)
        return ["", self.paint(FAINT, lines[0]), *lines[1:]]

    def _watchdog(self, facts: Facts, watchdog: Watchdog) -> list[str]:
        members = sorted(watchdog.nodes, key=lambda member: member.id)
        rows = [(each.id, f"{each.hostname}:{each.pgpool_port}", each.state_name, each.priority) for each in members]
        lines = columns(("Member", "Host", "State", "Priority"), rows, self._limit)
        quorum = _QUORUM.get(watchdog.quorum, f"quorum {watchdog.quorum_status}")
        leader = view.member_name(watchdog, watchdog.leader_name) if watchdog.leader_name else "none"
        head = [f"Watchdog: {quorum}, leader {leader}"]
        if facts.delegate_ip:
            head.append(f"Delegate IP {facts.delegate_ip}: {_holder(facts)}")
        return ["", *map(visible_line, head), self.paint(FAINT, lines[0]), *lines[1:]]

    def problems(self, findings: Sequence[Finding], target: str = "") -> list[str]:
        """The last part: what is wrong, and what mends it."""
        wrong = [finding for finding in findings if finding.severity.value != "note"]
        notes = [finding for finding in findings if finding.severity.value == "note"]
        head = self.paint(BOLD, "Problems") if wrong else self.paint(GREEN, "No problems.")
        lines = ["", head]
        for finding in [*wrong, *notes]:
            lines += self._finding(finding, target)
        return lines

    def _finding(self, finding: Finding, target: str) -> Iterator[str]:
        label = f"{finding.severity.value}:"
        text = wrapped(f"{label} {visible_line(finding.text)}", (self._limit or 100) - 4)
        yield "  " + self.paint(_COLOURS[finding.severity.value], label) + text[0].removeprefix(label)
        yield from (f"    {line}" for line in text[1:])
        if finding.mend:
            yield from _mend(visible_line(aimed(finding.mend, target)), (self._limit or 100) - 7)

    def paint(self, colour: str, text: str) -> str:
        """The text in a colour, where there are colours."""
        return f"{colour}{text}{PLAIN}" if self._has_colour else text


_QUORUM = {Quorum.EXISTS: "quorum exists", Quorum.ON_THE_EDGE: "quorum on the edge", Quorum.ABSENT: "NO QUORUM"}


def _mend(text: str, limit: int) -> Iterator[str]:
    """The advice, wrapped; a command, which is to be copied, is left whole, if need be on a line of its own."""
    advice, command, rest = text.partition("pypcp ")
    lines = [text] if text_width(text) <= limit else [*wrapped(advice, limit), command + rest]
    yield from (f"    {'  ' if number else '->'} {line}" for number, line in enumerate(filter(None, lines)))


def _node_row(facts: Facts, node: Node, by_sql: Node | None, is_narrow: bool) -> tuple[object, ...]:
    role = view.role(facts, node)
    weight = node.weight if node.weight is not None else by_sql.weight if by_sql else None
    since = local(node.last_status_change)
    return (
        node.id,
        f"{node.hostname}:{node.port}",
        node.status.value,
        role.value if role else None,
        delay(node),
        None if weight is None else f"{weight:.2f}",
        by_sql.select_cnt if by_sql else None,
        since[len("2026-") :] if since and is_narrow else since,
    )


def _server_row(facts: Facts, node: Node, server: Server | None) -> tuple[object, ...]:
    if server is None:
        return (node.id, "not seen", None, None, None, None)
    kind = "standby" if server.in_recovery else "primary"
    return (
        node.id,
        kind,
        server.timeline,
        None if server.lsn is None else lsn.show(server.lsn),
        None if server.replayed is None else lsn.show(server.replayed),
        _streams(facts, server),
    )


def _streams(facts: Facts, server: Server) -> str:
    if not server.in_recovery:
        to = [f"{sender.application_name or sender.client_address} ({sender.state})" for sender in server.senders]
        return "to " + ", ".join(to) if to else "to nobody"
    source = view.sender(facts, server)
    if source:
        return f"from node {source.id}"
    receiver = server.receiver
    if receiver is None:
        return "from nobody"
    return f"from {receiver.sender_host or 'somebody'}" + (f":{receiver.sender_port}" if receiver.sender_port else "")


def _holder(facts: Facts) -> str:
    holder = view.holder(facts)
    return f"on {holder}" if holder else "who has it is unknown, as it did not answer over PCP"
