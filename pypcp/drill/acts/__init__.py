"""The acts of a drill, one module each, in the order in which they are played."""

from __future__ import annotations

from pypcp.drill.acts import leader, primary, rejoin

ALL = (leader, primary, rejoin)
