# $1 configuration file; $3 state directory; $2 retention setting, name=value. Crash recovery of a killed server, with its WAL kept: a plain
# recovery, pg_rewind's own too, ends with a checkpoint that recycles segments which the rewind needs.
[ "$(control 'Database cluster state')" = 'shut down' ] && already
running && fail "the server runs"
clear_stale_pid "$3"
"$bin/postgres" --single -D "$dir" -c "config_file=$1" -c "$2" -c restart_after_crash=off template1 </dev/null >&2
[ "$(control 'Database cluster state')" = 'shut down' ] || fail "crash recovery did not end in a clean shutdown"
