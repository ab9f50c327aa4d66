# On the standby. Whether it has become the primary is seen by the next script.
[ "$(sql 'SELECT pg_is_in_recovery()')" = t ] || already
clear_stop_settings
"$bin/pg_ctl" promote -D "$dir" -W >&2 || fail "pg_ctl promote failed"
