# $1 state directory; $2 connection string of the source, without a password; $3 the source's timeline. On stdin: the
# password, or nothing. pg_rewind runs as a session of its own and outlives a lost connection.
state=$1 source=$2 timeline=$3
rewound() {
  [ "$(control 'Database cluster state')" = 'in archive recovery' ] && [ -f "$dir/backup_label" ] &&
    [ "$(control "Min recovery ending loc's timeline")" = "$timeline" ]
}
mark() {
  : >"$dir/standby.signal" && rm -f -- "$dir/recovery.signal" "$dir/recovery.conf" && settle "$dir/standby.signal" "$dir"
}
busy() { ! flock -n "$state/rewind.lock" true; }
running && fail "the server runs"
rewound && { mark; already; } # a second run would silently break it

if [ ! -f "$state/rewind.began" ]; then
  [ -f "$state/saved/COMPLETE" ] || fail "nothing was saved in $state/saved"
  IFS= read -r PGPASSWORD || PGPASSWORD=
  if [ -n "$PGPASSWORD" ]; then export PGPASSWORD; else unset PGPASSWORD; fi
  mark # so that an accidental start does not open it for writes
  echo "$timeline" >"$state/rewind.began" && settle "$state/rewind.began" "$state"
  exec 9>"$state/rewind.lock"; flock -n 9 || fail "another rewind holds $state/rewind.lock"
  setsid sh -c '
    "$1/pg_rewind" --target-pgdata="$2" --source-server="$3" --progress >"$4/rewind.log" 2>&1; code=$?
    : >"$2/standby.signal"; rm -f -- "$2/recovery.signal" "$2/recovery.conf"
    sync "$2/standby.signal" "$2" 2>/dev/null || sync
    echo "$code" >"$4/rewind.exit.new" && mv "$4/rewind.exit.new" "$4/rewind.exit"
  ' - "$bin" "$dir" "$source" "$state" </dev/null >/dev/null 2>&1 &
  exec 9>&- # pg_rewind holds it now
fi
unset PGPASSWORD
while [ ! -f "$state/rewind.exit" ] && busy; do sleep 0.05; done
rewound && [ "$(cat "$state/rewind.exit")" = 0 ] && { mark; exit 0; }
tail -n 3 "$state/rewind.log" >&2
fail "pg_rewind did not end well (exit status $(cat "$state/rewind.exit" 2>/dev/null || echo unknown))"
