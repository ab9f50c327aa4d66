# Which missing WAL restore_command can bring back. Changes nothing: one segment at a time is restored into a directory of
# ours, read and thrown away. Runs as the owner of the data directory.
# $1 programs; $2 data directory; $3 configuration file; $4 fork (LSN); $5 seconds for a segment; $6 seconds for all; $7
# bytes of a segment; $8 system identifier; then segments from the fork's on backwards, in which the last checkpoint before
# the fork is looked for, "-", and segments that are needed anyhow. On stdin as archive.sh wants it. Prints "restored" with
# each missing segment, and in the end "complete", or "trouble" with what is the matter.
bin=$1 dir=$2 config=$3 fork=$4 each=$5 end=$(($(date +%s) + $6)) size=$7 system=$8; shift 8
wal=$dir/pg_wal
trouble() { echo "trouble $1"; exit 0; }
restore_command "$config" || trouble "$why"
mine=$(mktemp -d /tmp/pypcp.XXXXXXXXXX) || trouble "there can be no directory in /tmp"
trap 'rm -rf -- "$mine"' EXIT
trap 'exit 1' HUP INT TERM
bring() {
  [ "$(date +%s)" -lt "$end" ] || trouble "restoring from the archive takes too long; $1 is the next segment"
  restored "$1" "$mine" "$each" "$size" "$system" || trouble "$why"
  echo "restored $1"
}
# Backwards to the segment in which the last common checkpoint begins to redo.
until=
while [ "$1" != - ]; do
  file=$wal/$1
  [ -f "$file" ] || { bring "$1"; file=$mine/$1; }
  if [ -z "$until" ]; then
    redo=$(checkpoint_before "$fork" "$file"); redo=${redo#*redo }; redo=${redo%%;*}
    [ -z "$redo" ] || until=$(printf '%08X%08X' "0x${redo%/*}" "$((0x${redo#*/} / size))")
  fi
  rm -f -- "$mine/$1"
  if [ -n "$until" ] && expr "x${1#????????}" \<= "x$until" >/dev/null; then break; fi
  shift
  [ "$1" != - ] || trouble "no checkpoint was found in the WAL before the fork"
done
while [ "$1" != - ]; do shift; done
shift
for name; do
  [ -f "$wal/$name" ] || { bring "$name"; rm -f -- "$mine/$name"; }
done
echo complete
