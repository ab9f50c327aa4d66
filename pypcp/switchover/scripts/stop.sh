# $1 state directory; $2 lines of settings, for the stop only; $3 its application name; $4 seconds
# to wait. Stops the primary; prints where its last checkpoint is, and how many milliseconds after the start of this
# script it was told to stop.
#
# As soon as a session is cut off, pgpool may promote the standby, while the primary is still sending. So commits wait
# for the standby from before that on: whatever was acknowledged by then, the standby has.
now() { date +%s%3N; }
here=$(now) state=$1 guard=$2 name=$(printf %s "$3" | sed "s/'/''/g") seconds=$4
auto=$dir/postgresql.auto.conf kept=$state/auto.conf.before-stop
give_back() {
  [ -f "$kept" ] && cp -p -- "$kept" "$auto.pypcp" && mv -- "$auto.pypcp" "$auto" && rm -f -- "$kept" && settle "$auto" "$dir"
  running && kill -HUP "$pid"
}
is_safe() { # the standby is synchronous, and has what was written before that
  [ "$(sql "SELECT count(*) > 0 FROM pg_stat_replication WHERE application_name = '$name' AND state = 'streaming'
              AND sync_state IN ('sync', 'quorum') AND flush_lsn >= '$position'")" = t ]
}
late() { [ "$(date +%s)" -gt "$end" ]; }

running || fail "the server does not run any more"
[ "$(sql 'SELECT pg_is_in_recovery()')" = f ] || fail "the server takes no writes: it is no primary any more"
# Left by a run that died with its host: the lines would be taken for the server's own.
[ -f "$kept" ] && grep -qxF "${guard%%
*}" "$auto" && give_back
mkdir -p -- "$state" && cp -p -- "$auto" "$kept" || fail "cannot save $auto"
trap give_back EXIT; trap 'exit 1' HUP INT TERM PIPE
printf '\n%s\n' "$guard" >>"$auto" && kill -HUP "$pid" || fail "cannot change $auto"
sleep 0.2 # until all of its processes have read that
position=$(sql 'SELECT pg_current_wal_lsn()') || fail "the server cannot be asked"
end=$(($(date +%s) + seconds))
until is_safe; do
  late && fail "it was not stopped: after $seconds s the standby has not become synchronous"
  sleep 0.02
done

began=$(now)
"$bin/pg_ctl" stop -D "$dir" -m fast -W >&2 || fail "pg_ctl could not ask the server to stop"
while running; do
  late && fail "after $seconds s the server still runs (pid $pid); it has been told to stop"
  sleep 0.02
done
cluster=$(control "Database cluster state")
[ "$cluster" = "shut down" ] || fail "it has ended, but was not shut down cleanly: its control file says '$cluster'"
at=$(control "Latest checkpoint location")
echo "$at $((began - here))"
