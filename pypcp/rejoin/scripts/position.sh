# On the source: where its WAL ends now.
sql 'SELECT pg_current_wal_lsn()'
