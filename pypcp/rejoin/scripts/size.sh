# On the source: how many bytes a base backup of it will have.
sql 'SELECT sum(pg_database_size(oid)) FROM pg_database'
