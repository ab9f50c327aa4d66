# $1 lines of settings, for the stop only; $2 the standby's application name; $3 seconds to wait. Stops the primary, or where
# $4 state directory and $5 a word are given, asks unit.sh for that with this word; prints where its last checkpoint is, and
# how many milliseconds after the start of this script it was told to stop.
#
# As soon as a session is cut off, pgpool may promote the standby, while the primary is still sending. So commits wait
# for the standby from before that on: whatever was acknowledged by then, the standby has.
now() { date +%s%3N; }
here=$(now) guard=$1 name=$(printf %s "$2" | sed "s/'/''/g") seconds=$3 word=${5-} asked=${4-}/stop told_fast=
is_safe() { # the standby is synchronous, and has what was written before that
  [ "$(sql "SELECT count(*) > 0 FROM pg_stat_replication WHERE application_name = '$name' AND state = 'streaming'
              AND sync_state IN ('sync', 'quorum') AND flush_lsn >= '$position'")" = t ]
}
stop_fast() { "$bin/pg_ctl" stop -D "$dir" -m fast -W >&2 || ! running || fail "pg_ctl could not ask the server to stop"; }
late() { [ "$(date +%s)" -gt "$end" ]; }

running || fail "the server does not run any more"
[ "$(sql 'SELECT pg_is_in_recovery()')" = f ] || fail "the server takes no writes: it is no primary any more"
trap 'clear_stop_settings; [ -z "$word" ] || rm -f -- "$asked"' EXIT; trap 'exit 1' HUP INT TERM PIPE
set_for_a_stop "$guard" && kill -HUP "$pid" || fail "cannot change $auto"
sleep 0.2 # until all of its processes have read that
position=$(sql 'SELECT pg_current_wal_lsn()') || fail "the server cannot be asked"
end=$(($(date +%s) + seconds))
until is_safe; do
  late && fail "it was not stopped: after $seconds s the standby has not become synchronous"
  sleep 0.02
done

began=$(now)
if [ -n "$word" ]; then echo "$word" >"$asked" || fail "cannot write $asked"; else stop_fast; fi
while running; do
  [ -z "$word" ] || [ -e "$asked" ] || fail "it was not stopped: its unit could not be"
  # A unit without KillSignal=SIGINT has it wait until all sessions end; its file tells that it stops since version 10.
  case $word,$told_fast,$(sed -n 8p "$dir/postmaster.pid" 2>/dev/null) in ?*,,stopping*) stop_fast; told_fast=yes;; esac
  late && fail "after $seconds s the server still runs (pid $pid); it has been told to stop"
  sleep 0.02
done
cluster=$(control "Database cluster state")
[ "$cluster" = "shut down" ] || fail "it has ended, but was not shut down cleanly: its control file says '$cluster'"
at=$(control "Latest checkpoint location")
echo "$at $((began - here))"
