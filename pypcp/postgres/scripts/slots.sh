# The slots that nobody uses now, as JSON. Which columns tell that a slot is no leftover depends on the version.
sql "SELECT coalesce(json_agg(json_build_object('name', slot_name, 'kind', slot_type, 'kept',
       (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END - restart_lsn)::bigint)
       ORDER BY slot_name), '[]')
     FROM pg_replication_slots s
     WHERE NOT active AND coalesce(to_jsonb(s) ->> 'temporary', 'false') = 'false'
       AND coalesce(to_jsonb(s) ->> 'synced', 'false') = 'false'"
