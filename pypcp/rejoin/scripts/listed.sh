# On the source. $1 seconds to wait; $2 the target's application name, or empty. The standby must be in its list.
seconds=$1 named=$(printf %s "$2" | sed "s/'/''/g")
is_listed() {
  [ "$(sql "SELECT count(*) > 0 FROM pg_stat_replication
              WHERE state = 'streaming' AND ('$named' = '' OR application_name = '$named')")" = t ]
}
end=$(($(date +%s) + seconds))
until is_listed; do
  running || fail "the primary has ended"
  [ "$(date +%s)" -lt "$end" ] || fail "after $seconds s the primary does not list the standby in pg_stat_replication"
  sleep 0.03
done
