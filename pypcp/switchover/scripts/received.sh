# On the standby. $1 seconds to wait; $2 where the old primary's last checkpoint is: the last record that it wrote. Replay
# must be past it. Where pgpool was quicker and has promoted this node, its new timeline must not begin before it: then
# it lacks that record at most. Prints how far it has replayed.
seconds=$1 checkpoint=$2
clear_stop_settings # of a stop when it was the primary itself, should its host have died then
replayed() {
  sql "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() > '$checkpoint' END, pg_last_wal_replay_lsn()"
}
begins() { # of the timeline that it writes: the last line of its history
  timeline=$(sql 'SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)') &&
    awk 'NF > 1 { at = $2 } END { print at }' "$dir/pg_wal/$timeline.history"
}
end=$(($(date +%s) + seconds))
while :; do
  now=$(replayed) || fail "the standby cannot be asked"
  case $now in
    t\|*) echo "${now#t|}"; exit 0;;
    \|*)
      at=$(begins) && [ -n "$at" ] || fail "it was promoted, and it cannot be told where its timeline begins"
      [ "$(sql "SELECT '$at'::pg_lsn >= '$checkpoint'")" = t ] ||
        fail "it was promoted at $at, before it had the old primary's last checkpoint at $checkpoint"
      echo "$at"; exit 0;;
  esac
  [ "$(date +%s)" -le "$end" ] || fail "it has replayed up to ${now#f|} only, the old primary's last checkpoint is at $checkpoint"
  sleep 0.02
done
