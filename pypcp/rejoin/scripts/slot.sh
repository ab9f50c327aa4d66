# On the source. $1 name of the physical slot that the target uses.
exists() { [ "$(sql "SELECT count(*) FROM pg_replication_slots WHERE slot_name = '$1'")" = 1 ]; }
exists "$1" && already
sql "SELECT pg_create_physical_replication_slot('$1', true)" >/dev/null
exists "$1" || fail "the replication slot $1 could not be created"
