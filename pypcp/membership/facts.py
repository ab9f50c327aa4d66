"""What is looked at before a node's membership is changed."""

from __future__ import annotations

from dataclasses import dataclass

from pypcp.records import Node, NodeRole


@dataclass(frozen=True)
class Facts:
    """All nodes as pgpool sees them, and the one that is meant."""

    nodes: tuple[Node, ...]
    node_id: int

    @property
    def node(self) -> Node:
        return next(node for node in self.nodes if node.id == self.node_id)

    @property
    def others(self) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes if node.id != self.node_id)


def is_asked(node: Node) -> bool:
    """Whether pgpool asked PostgreSQL itself for its role (4.3 and later), and was answered."""
    return node.pg_role in ("primary", "standby")


def is_primary(node: Node) -> bool:
    """Whether the node is a primary by what PostgreSQL says; where it says nothing, by what pgpool thinks."""
    if is_asked(node):
        return node.pg_role == "primary"
    return node.role is NodeRole.PRIMARY


def has_streaming_roles(node: Node) -> bool:
    """Whether primary and standby mean something here: not in the modes without them, and not told by 3.6."""
    return node.role in (NodeRole.PRIMARY, NodeRole.STANDBY)


def name_of(node: Node) -> str:
    """The node as people know it: ``node 0 (bak:5432)``."""
    return f"node {node.id} ({node.hostname}:{node.port})"
