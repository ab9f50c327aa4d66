"""Look at a cluster again and again, and tell what changed.

``events`` is a pure fold over looks: what was known, and a new look, give what happened. ``looks`` takes the looks,
each with connections of its own: an open PCP connection would block failover up to pgpool 4.4.
"""
