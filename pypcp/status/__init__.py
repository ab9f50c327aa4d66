"""The state of a cluster, and what is wrong with it.

``gather`` asks every source at once and makes ``facts``; ``findings`` is a pure function from facts to problems in
plain words, each with the command that mends it. ``postgres`` asks one PostgreSQL how it sees itself.
"""
