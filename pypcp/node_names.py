"""A node is named by its id, its hostname or host:port."""

from __future__ import annotations

from pypcp.commands import MAX_NODE_ID
from pypcp.errors import WrongUsage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol, TypeVar

    from pypcp.records import Setting

    class Named(Protocol):
        """Anything that is a node to pgpool."""

        @property
        def id(self) -> int: ...
        @property
        def hostname(self) -> str: ...
        @property
        def port(self) -> int: ...

    class Pcp(Protocol):
        """The part of the PCP client that is used."""

        def node_count(self) -> int: ...
        def pool_status(self) -> list[Setting]: ...

    AnyNode = TypeVar("AnyNode", bound=Named)


def check(name: str) -> None:
    """Raises WrongUsage for what can be no node anywhere: known before anything is sent."""
    number = name.lstrip("+-")
    is_number = number.replace(".", "", 1).isdecimal() and number.count(".") < 2
    if not name.strip() or (is_number and not (name.isdecimal() and int(name) <= MAX_NODE_ID)):
        raise WrongUsage(f"find node {name!r}", f"node ids go from 0 to {MAX_NODE_ID}")


def find(name: str, nodes: Sequence[AnyNode]) -> AnyNode:
    """The node that is meant. Raises WrongUsage when there is none, or more than one."""
    check(name)
    found = [node for node in nodes if name.isdecimal() and int(name) == node.id]
    found = found or [node for node in nodes if name.lower() in _names(node)]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(f"{node.id} ({node.hostname}:{node.port})" for node in found or nodes)
    if found:
        raise WrongUsage(f"find node {name!r}", f"{len(found)} nodes have this name", f"Name one of: {listed}")
    raise WrongUsage(f"find node {name!r}", "pgpool has no such node", f"There are: {listed}")


def node_id(pcp: Pcp, name: str) -> int:
    """The id of the node that is meant, asked from pgpool's own memory: it answers while a PostgreSQL hangs.

    Raises WrongUsage, and what the client raises.
    """
    check(name)
    if not name.isdecimal():
        return find(name, configured(pcp.pool_status())).id
    count = pcp.node_count()
    if int(name) < count:
        return int(name)
    ids = "only node 0" if count == 1 else f"nodes 0 to {count - 1}"
    raise WrongUsage(f"find node {name!r}", f"pgpool has {ids}", "See them: pypcp node-info")


class Configured:
    """A node, as pgpool's parameters name it."""

    def __init__(self, id: int, hostname: str, port: int) -> None:
        self.id, self.hostname, self.port = id, hostname, port


def configured(settings: Sequence[Setting]) -> list[Configured]:
    """The nodes of pgpool's configuration, from its parameters."""
    value = {setting.name: setting.value for setting in settings}
    prefix = "backend_hostname"
    numbers = [name.removeprefix(prefix) for name in value if name.startswith(prefix)]
    ids = sorted(int(number) for number in numbers if number.isdecimal())
    return [Configured(each, value[f"{prefix}{each}"], _port(value.get(f"backend_port{each}", ""))) for each in ids]


def _port(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _names(node: Named) -> tuple[str, ...]:
    host = node.hostname.lower()
    return host, f"{host}:{node.port}", f"[{host}]:{node.port}"
