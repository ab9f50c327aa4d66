"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

# How long an example takes says something of the machine, which other programs share, and nothing of the code.
settings.register_profile("pypcp", deadline=None)
settings.load_profile("pypcp")
