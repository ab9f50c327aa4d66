"""What `pcp_cli node count` of PyPI's `pypcp` 1.0.0rc1 does, without its command line, which fails at any `-p`."""

import sys

import pypcp.pcp_cli  # noqa: F401 (the program imports it)
from pypcp.pcp import PCP

host, port, username, passfile = sys.argv[1:]
pcp = PCP()
pcp.pcp_connect(host, int(port), username, open(passfile).read().split(":")[3].strip())
sys.stdout.write(f"{pcp.pcp_node_count().pcp_get_data(0)}\n")
pcp.pcp_disconnect()
