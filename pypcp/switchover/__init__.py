"""A planned change of the primary without a lost transaction: facts, decision, plan, run, in modules of these names.

All that concerns the way back of the old primary is rejoin's own: its facts, its interlocks, its steps.
"""
