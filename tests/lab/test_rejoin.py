"""``pypcp rejoin`` on a real cluster on this machine."""

from __future__ import annotations
