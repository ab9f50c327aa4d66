# On the primary, while it still serves: what is written now need not be written when it stops.
[ "$(sql 'SELECT pg_is_in_recovery()')" = f ] || fail "the server takes no writes: it is no primary any more"
sql CHECKPOINT || fail "CHECKPOINT failed"
