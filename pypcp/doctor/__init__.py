"""Whether a pair has all that it needs to fail over: facts of every host -> checks, passed or failed or unknown."""
