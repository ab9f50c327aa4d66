"""Where the configuration is. A cluster that was named has its options there, so that none have to be typed."""

from __future__ import annotations

import os
from pathlib import Path


def user_file() -> Path:
    """The user's file: ``$PYPCP_CONFIG``, else ``pypcp/config.toml`` in ``$XDG_CONFIG_HOME`` (``~/.config``)."""
    if named := os.environ.get("PYPCP_CONFIG"):
        return Path(named)
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return Path(home) / "pypcp" / "config.toml"


def cluster_file(name: str) -> Path:
    """The file of a cluster that has one to itself, written by a program: ``clusters/NAME.toml`` beside the user's."""
    return user_file().parent / "clusters" / f"{name}.toml"
