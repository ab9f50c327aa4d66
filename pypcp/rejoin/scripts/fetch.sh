# $1 state directory; $2 configuration file; $3 seconds for a segment; $4 bytes of a segment; $5 system identifier; then the
# segments to bring back from the archive. On stdin as archive.sh wants it. Each comes into a directory of ours first, and
# into pg_wal as a copy: what a command restored may be a link into the archive, which the server would write to.
state=$1 config=$2 seconds=$3 size=$4 system=$5; shift 5
wal=$dir/pg_wal
running && fail "the server runs"
restore_command "$config" || fail "$why"
mkdir -p -- "$state" || fail "cannot make $state"
mine=$(mktemp -d /tmp/pypcp.XXXXXXXXXX) || fail "cannot make a directory in /tmp"
trap 'rm -rf -- "$mine"' EXIT
trap 'exit 1' HUP INT TERM
# As restored already, so that the archiver does not take it for new. A server that starts removes xlogtemp.*.
keep() {
  cat -- "$mine/$1" >"$wal/xlogtemp.pypcp" && sync -- "$wal/xlogtemp.pypcp" &&
    : >"$wal/archive_status/$1.done" && mv -- "$wal/xlogtemp.pypcp" "$wal/$1"
}
total=$# number=0 brought=0
: >"$state/fetch.log"
for name; do
  if [ ! -f "$wal/$name" ]; then
    restored "$name" "$mine" "$seconds" "$size" "$system" || fail "$why"
    keep "$name" || { rm -f -- "$wal/xlogtemp.pypcp"; fail "cannot write $wal/$name"; }
    rm -f -- "$mine/$name"
    brought=$((brought + 1))
  fi
  number=$((number + 1))
  echo "$((number * (size / 1024)))/$((total * (size / 1024))) kB ($((number * 100 / total))%)" >>"$state/fetch.log"
done
settle "$wal" "$wal/archive_status"
rm -f -- "$state/fetch.log"
[ "$brought" -gt 0 ] || already
echo "$brought"
