# On the source. $1 the target's application name, or empty. The standby must be in its list.
named=$(printf %s "$1" | sed "s/'/''/g")
[ "$(sql "SELECT count(*) > 0 FROM pg_stat_replication WHERE state = 'streaming' AND ('$named' = '' OR application_name = '$named')")" = t ] ||
  fail "the primary does not list the standby in pg_stat_replication"
