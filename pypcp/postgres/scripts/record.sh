# One record of the WAL of a running server. $1 programs; $2 WAL directory; then timelines to look for it on, the newest
# first. $3 where the record starts. Changes nothing.
bin=$1 wal=$2 at=$3; shift 3
for timeline; do
  found=$("$bin/pg_waldump" -p "$wal" -t "$timeline" -s "$at" -n 1 2>/dev/null)
  [ -n "$found" ] && { printf '%s\n' "$found"; exit 0; }
done
exit 0
