"""pgpool's own files: pgpool.conf, pcp.conf, pool_hba.conf, pool_passwd; and the words of its failover commands.

Text in, text out; no server is asked.
"""
