"""A drill: break a pair on purpose, one thing after the other, under clients that never stop, and measure."""
