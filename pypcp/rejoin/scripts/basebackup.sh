# $1 state directory; $2 connection string of the source, without a password; $3 the source's size in bytes. On stdin: the
# password, or nothing. A whole new copy beside the data directory, which is not touched. pg_basebackup runs as a session
# of its own and outlives a lost connection: a second run finds it.
state=$1 source=$2 size=$3 new=$dir.pypcp-new
copied() { [ "$(cat "$state/backup.exit" 2>/dev/null)" = 0 ] && [ -f "$new/backup_label" ] && [ -f "$new/global/pg_control" ]; }
mkdir -p -- "$state" || fail "cannot make $state"
wait_for "$state/backup.lock"
copied && already
[ -L "$new" ] && fail "$new is a symbolic link"
rm -rf -- "$new" "$state/backup.exit"
free=$(($(df -Pk -- "${dir%/*}" | awk 'NR == 2 { print $4 }') * 1024))
[ "$free" -gt "$((size + size / 10))" ] || fail "only $free bytes are free beside $dir, the primary has $size"
IFS= read -r PGPASSWORD || PGPASSWORD=
if [ -n "$PGPASSWORD" ]; then export PGPASSWORD; else unset PGPASSWORD; fi
exec 9>"$state/backup.lock"; flock -n 9 || fail "another base backup holds $state/backup.lock"
setsid sh -c '
  "$1/pg_basebackup" -D "$2" -d "$3" -X stream -c fast -P -w >"$4/backup.log" 2>&1
  echo "$?" >"$4/backup.exit.new" && mv "$4/backup.exit.new" "$4/backup.exit"
' - "$bin" "$new" "$source" "$state" </dev/null >/dev/null 2>&1 8>&- &
exec 9>&- 8>&- # pg_basebackup holds it now
unset PGPASSWORD
wait_for "$state/backup.lock"
copied && exit 0
tail -n 3 "$state/backup.log" >&2
fail "pg_basebackup did not end well (exit status $(cat "$state/backup.exit" 2>/dev/null || echo unknown))"
