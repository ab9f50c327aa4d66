"""Bring a failed node back as a standby: facts, decision, plan, run, in modules of these names.

``facts`` says what can be known, ``gather`` finds it out and changes nothing, ``decide`` chooses or refuses (and is
where the safety lives), ``plan`` writes the steps, ``run`` does them.
"""
