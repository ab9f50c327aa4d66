"""Attach, detach, promote and recover with care: look, decide, ask, and see what happened.

``facts`` is what was looked at, ``decide`` the pure decision (and where the safety lives), ``change`` does it, and
``see`` watches until pgpool itself tells of the effect. pgpool answers success as soon as a request is queued, also
for one that it then ignores: so its answer counts for nothing here.

>>> from pypcp import connect, membership
>>> membership.attach(connect("bak"), "ser.bigdata.wh.com").node.status  # doctest: +SKIP
<NodeStatus.WAITING: 'waiting'>
"""

from __future__ import annotations

from pypcp.membership.change import Outcome as Outcome
from pypcp.membership.change import attach as attach
from pypcp.membership.change import detach as detach
from pypcp.membership.change import promote as promote
from pypcp.membership.change import recover as recover
