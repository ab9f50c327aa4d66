# On the source. Until its first checkpoint after a promotion is done, pg_rewind takes it for what it was before.
is_done() {
  [ "$(sql "SELECT ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int WHERE NOT pg_is_in_recovery()")" = \
    "$(control "Latest checkpoint's TimeLineID")" ]
}
is_done && already
sql CHECKPOINT || fail "CHECKPOINT failed on the primary"
is_done || fail "the primary's checkpoint is still on an older timeline"
