# $1 the source's timeline; $2 seconds to wait; $3 a position of the source. "Streaming" proves nothing: replay must pass
# a position that was read on the source after the start.
timeline=$1 seconds=$2 position=$3
case $position in '' | *[!0-9A-Fa-f/]*) fail "the primary told no position";; esac
state_now() {
  sql "SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= '$position'
         AND EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming' AND coalesce(received_tli, $timeline) = $timeline),
       pg_is_in_recovery(), pg_last_wal_replay_lsn(),
       (SELECT concat(status, ' on timeline ', received_tli, ' from ', sender_host, ':', sender_port) FROM pg_stat_wal_receiver)"
}
end=$(($(date +%s) + seconds))
while [ "$(date +%s)" -le "$end" ]; do
  now=$(state_now) || { running || fail "the server has ended"; }
  case $now in t\|*) echo "${now#t|t|}"; exit 0;; esac
  sleep 0.03
done
fail "after $seconds s replay has not passed $position (in recovery, replayed, receiver: $now)"
