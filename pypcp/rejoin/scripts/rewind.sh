# $1 state directory; $2 connection string of the source, without a password; $3 the source's timeline. On stdin: the
# password, or nothing. pg_rewind runs as a session of its own and outlives a lost connection: a second run finds it.
state=$1 source=$2 timeline=$3
rewound() {
  [ "$(control 'Database cluster state')" = 'in archive recovery' ] && [ -f "$dir/backup_label" ] &&
    [ "$(control "Min recovery ending loc's timeline")" = "$timeline" ]
}
running && fail "the server runs"
wait_for "$state/rewind.lock"
rewound && { mark; already; } # a second run would silently break it
[ -f "$state/saved/COMPLETE" ] || fail "nothing was saved in $state/saved"

# A rewind that died empties files before it fills them, WAL too. What it had is put back; it can then run again.
put_back() {
  cmp -s "$dir/global/pg_control" "$state/saved/pg_control" || fail "something else has changed $dir since the rewind began"
  rm -f -- "$dir/backup_label" "$state/rewind.exit"
  cp -a -- "$state/saved/pg_wal/." "$dir/pg_wal/" && cp -a -- "$state/saved/data/." "$dir/" || fail "cannot put $state/saved back"
}
# Crash recovery has written since the files were saved: the end of the WAL, and the control file.
save_again() {
  find "$dir/pg_wal" -maxdepth 1 -type f -newer "$state/saved/COMPLETE" -exec cp -a -- {} "$state/saved/pg_wal/" \; &&
    cp -a -- "$dir/global/pg_control" "$state/saved/pg_control" || fail "cannot save the control file"
  find "$state/saved/pg_wal" "$state/saved/pg_control" -exec sync -- {} + 2>/dev/null || sync
}
begin() {
  IFS= read -r PGPASSWORD || PGPASSWORD=
  if [ -n "$PGPASSWORD" ]; then export PGPASSWORD; else unset PGPASSWORD; fi
  : >"$state/saved/USED"
  mark # so that an accidental start does not open it for writes
  echo "$timeline" >"$state/rewind.began" && settle "$state/rewind.began" "$state"
  # whoever looks takes it for a moment
  exec 9>"$state/rewind.lock"; flock -w 5 9 || fail "another rewind holds $state/rewind.lock"
  setsid sh -c '
    "$1/pg_rewind" --target-pgdata="$2" --source-server="$3" --progress >"$4/rewind.log" 2>&1; code=$?
    rm -f -- "$2/recovery.signal" "$2/recovery.conf"; printf %s "$6" >"$2/$5"
    sync "$2/$5" "$2" 2>/dev/null || sync
    echo "$code" >"$4/rewind.exit.new" && mv "$4/rewind.exit.new" "$4/rewind.exit"
  ' - "$bin" "$dir" "$source" "$state" "$marker" "$marking" </dev/null >/dev/null 2>&1 8>&- &
  exec 9>&- 8>&- # pg_rewind holds its lock now; should we be alone here, the node's is free for whoever waits with us
}
if [ -f "$state/rewind.began" ]; then put_back; else save_again; fi
begin
wait_for "$state/rewind.lock"
rewound && [ "$(cat "$state/rewind.exit")" = 0 ] && exit 0
tail -n 3 "$state/rewind.log" >&2
fail "pg_rewind did not end well (exit status $(cat "$state/rewind.exit" 2>/dev/null || echo unknown))"
