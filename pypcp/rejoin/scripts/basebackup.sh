# $1 state directory; $2 connection string of the source, without a password; $3 its timeline; $4 where the new copy is
# made; $5 where its WAL goes, or empty; then, for each tablespace, its oid, where it goes, and that as pg_basebackup takes
# it; last, how many bytes all will have, as size.sh tells. On stdin: the password, or nothing. The data directory is not
# touched. pg_basebackup runs as a session of its own and outlives a lost connection: a second run finds it.
state=$1 source=$2 timeline=$3 new=$4 wal=$5; shift 5
of="$source on timeline $timeline"
copied() {
  [ "$(cat "$state/backup.exit" 2>/dev/null)" = 0 ] && [ "$(cat "$state/backup.of" 2>/dev/null)" = "$of" ] &&
    [ -f "$new/backup_label" ] && [ -f "$new/global/pg_control" ]
}
size_of() { printf '%s\n' "$sizes" | awk -v oid="$1" '$1 == oid { print $2 }'; }
# How much a place must take, how much it can, and on which device it is.
need() { echo "$1 $(($(df -Pk -- "$2" | awk 'NR == 2 { print $4 }') * 1024)) $(stat -Lc %d -- "$2")"; }
has_room() {
  awk '{ needed[$3] += $1 * 1.1; free[$3] = $2 } END { for (at in free) if (free[at] <= needed[at]) {
    printf "only %.0f bytes are free there, %.0f are needed\n", free[at], needed[at]; exit 1 } }'
}
mkdir -p -- "$state" || fail "cannot make $state"
wait_for "$state/backup.lock"
[ -f "$state/swap.began" ] && [ -d "$new" ] && fail "a former copy, $new, has begun to take the place of $dir"
copied && already
clear_away() {
  [ ! -L "$1" ] || fail "$1 is a symbolic link"
  rm -rf -- "$1" || fail "cannot remove $1"
}
rm -f -- "$state/backup.exit" "$state/swap.began" "$state/swapped"
clear_away "$new"
[ -z "$wal" ] || clear_away "$wal"
number=$((($# - 1) / 3)) needs=
for sizes; do :; done # the last one
while [ "$number" -gt 0 ]; do # what is left of "$@" then are the sizes, and options for pg_basebackup
  clear_away "$2"
  needs="$needs$(need "$(size_of "$1")" "${2%/*}/")
"
  set -- "$@" -T "$3"; shift 3
  number=$((number - 1))
done
shift
printf '%s%s\n' "$needs" "$(need "$(size_of 0)" "${new%/*}/")" | has_room >&2 || fail "there is no room for a copy beside $dir"
printf '%s\n' "$of" >"$state/backup.of"
IFS= read -r PGPASSWORD || PGPASSWORD=
if [ -n "$PGPASSWORD" ]; then export PGPASSWORD; else unset PGPASSWORD; fi
exec 9>"$state/backup.lock"; flock -n 9 || fail "another base backup holds $state/backup.lock"
set -- "$bin/pg_basebackup" -D "$new" -d "$source" -X stream -c fast -P -w ${wal:+"--waldir=$wal"} "$@"
setsid sh -c '
  state=$1; shift
  "$@" >"$state/backup.log" 2>&1
  echo "$?" >"$state/backup.exit.new" && mv "$state/backup.exit.new" "$state/backup.exit"
' - "$state" "$@" </dev/null >/dev/null 2>&1 8>&- &
exec 9>&- 8>&- # pg_basebackup holds it now
unset PGPASSWORD
wait_for "$state/backup.lock"
copied && exit 0
tail -n 3 "$state/backup.log" >&2
fail "pg_basebackup did not end well (exit status $(cat "$state/backup.exit" 2>/dev/null || echo unknown))"
