# On the source. $1 name of the physical slot that the target uses.
named="FROM pg_replication_slots s WHERE slot_name = '$1'"
# Invalidated for good: from 13 on for the WAL that it kept, from 18 on for its idleness, too.
lost="to_jsonb(s) ->> 'wal_status' IS NOT DISTINCT FROM 'lost'"
exists() { [ "$(sql "SELECT count(*) $named AND NOT $lost")" = 1 ]; }
exists && already
sql "SELECT pg_drop_replication_slot(slot_name) $named AND slot_type = 'physical' AND NOT active AND $lost" >/dev/null
sql "SELECT pg_create_physical_replication_slot('$1', immediately_reserve := true)" >/dev/null
exists || fail "the replication slot $1 could not be created"
