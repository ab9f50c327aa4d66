"""The shell scripts that run on the hosts, each in a file of its own so that it can be read, and checked, as shell."""

from __future__ import annotations

from pypcp.hosts.shell import scripts_beside

text = scripts_beside(__file__)
