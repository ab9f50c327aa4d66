"""What setup runs on the hosts, one file for each, as shell that can be read and checked as shell."""

from __future__ import annotations

from pypcp.hosts.shell import scripts_beside

text = scripts_beside(__file__)
