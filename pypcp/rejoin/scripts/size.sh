# On the source: how many bytes a base backup of it will have, a line for each tablespace: its oid, or 0 for the data
# directory, and its size.
sql "WITH others AS (SELECT oid, pg_tablespace_size(oid) AS size FROM pg_tablespace WHERE spcname !~ '^pg_')
     SELECT concat('0 ', sum(pg_database_size(oid)) - (SELECT coalesce(sum(size), 0) FROM others)) FROM pg_database
     UNION ALL SELECT concat(oid, ' ', size) FROM others"
