"""Programs that setup puts on the hosts, as text; what comes before each of them says whose they are."""

from __future__ import annotations

from pypcp.hosts.shell import scripts_beside

text = scripts_beside(__file__)
