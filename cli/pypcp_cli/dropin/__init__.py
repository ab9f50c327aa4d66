"""pgpool's own tools, ``pcp_node_info`` and the rest, to the byte: their options, their words, their layouts.

Called by these names the program must start as fast as they do, so nothing here imports click, dataclasses or typing.
"""
