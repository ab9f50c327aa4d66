"""pgpool's own files: pgpool.conf, pcp.conf, pool_hba.conf, pool_passwd. Text in, text out; no server is asked."""
