"""Two hosts with PostgreSQL and a third with pgpool, as network namespaces of this machine.

Needs root, and writes nowhere outside its own namespaces: every host has its own network, processes, mounts and name,
its files lie on a tmpfs that no other process sees, and the rest of the machine is read-only in it. The kernel takes
all of it down when the process that built it ends, however it ends.
"""
