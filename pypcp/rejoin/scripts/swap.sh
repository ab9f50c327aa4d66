# $1 state directory; $2 port that pgpool expects; $3 configuration file outside the data directory, or empty; $4 the new
# copy, with the node's own files. It takes the place of the data directory, which is kept under another name. A second
# run goes on where one was killed: swap.began has the time in the names, and what has been moved is not there any more.
state=$1 port=$2 config=$3 new=$4 place=$(readlink -f -- "$dir")
running && fail "the server runs"
[ -d "$new" ] || { [ -f "$dir/backup_label" ] && already; fail "there is no $new"; }

would_run_as_expected() {
  set -- -D "$new" -c "config_file=${config:-$new/postgresql.conf}"
  named=$new; [ -n "$config" ] || named=$("$bin/postgres" -C data_directory "$@")
  case $named in "$new" | "$dir" | "$place") ;; *) fail "the configuration in $new names the data directory $named";; esac
  found=$("$bin/postgres" -C port "$@" -c "data_directory=$new")
  [ "$found" = "$port" ] || fail "the configuration in $new has port $found, pgpool expects $port"
  [ -f "$new/$marker" ] || fail "$new is not marked as a standby's"
}
# What is moved is in the same file system; a place that is taken is never written over.
move() { mv -T -- "$1" "$2" && settle "${1%/*}/" "${2%/*}/" || fail "cannot rename $1 to $2"; }

if [ ! -f "$state/swap.began" ]; then
  would_run_as_expected
  date -u +%Y%m%dT%H%M%SZ >"$state/swap.new" && mv -T -- "$state/swap.new" "$state/swap.began" ||
    fail "cannot write $state/swap.began"
  settle "$state"
fi
# Each link leads to what belongs to it, or nowhere: at no moment would a server that is started find a mixture.
relink() { rm -f -- "$1.pypcp" && ln -s -- "$2" "$1.pypcp" && move "$1.pypcp" "$1"; }
swap_wal() {
  there=$(readlink -- "$new/pg_wal") && wal=${there%.pypcp-new} && [ "$wal" != "$there" ] || return 0
  before=$wal.before-$since
  if [ -e "$there" ]; then
    if [ -e "$wal" ]; then
      case $(readlink -f -- "$place/pg_wal") in "$wal" | "$before") ;; *) fail "$wal is not the WAL of $dir";; esac
      relink "$place/pg_wal" "$before"
      move "$wal" "$before"
    fi
    move "$there" "$wal"
  fi
  relink "$new/pg_wal" "$wal"
}

since=$(head -n 1 "$state/swap.began") && [ -n "$since" ] || fail "cannot read $state/swap.began"
swap_wal
kept=$place.before-$since
if [ -e "$place" ] && [ ! -e "$kept" ] && ! rmdir -- "$place" 2>/dev/null; then move "$place" "$kept"; fi
rm -f -- "$state/rewind.began"
move "$new" "$place"
mv -- "$state/swap.began" "$state/swapped"
rm -f -- "$state/backup.exit" "$state/backup.lock"
for path in "$kept" "$(readlink -- "$kept/pg_wal")"; do [ ! -e "$path" ] || printf '%s\n' "$path"; done
