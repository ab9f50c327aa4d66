# On the source. Until its first checkpoint after a promotion is done, pg_rewind takes it for what it was before.
is_done() {
  [ "$(sql "SELECT NOT pg_is_in_recovery() AND timeline_id = ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int
            FROM pg_control_checkpoint()")" = t ]
}
is_done && already
sql CHECKPOINT || fail "CHECKPOINT failed on the primary"
is_done || fail "the primary's checkpoint is still on an older timeline"
