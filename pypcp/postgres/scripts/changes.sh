# Which relations the committed transactions in some WAL have changed, and how many rows. Changes nothing.
# $1 programs; $2 WAL directory; then timeline, begin and end of each stretch. Prints a line for each relation file:
# tablespace/database/file, rows inserted, updated, deleted, then how often it was made and removed. Fails when it cannot
# read a stretch to its end.
bin=$1 wal=$2; shift 2
while [ $# -ge 3 ]; do
  "$bin/pg_waldump" -p "$wal" -t "$1" -s "$2" -e "$3" 2>/dev/null || echo "stopped with $?"
  shift 3
done | awk '
  function file(path,  part, n) { # as a record of a change names it
    n = split(path, part, "/")
    if (part[1] == "global") return "1664/0/" part[2]
    if (part[1] == "base") return "1663/" part[2] "/" part[3]
    return part[2] "/" part[n - 1] "/" part[n]
  }
  function note(what, n) { if (n) changed[xid, what] += n }
  function after(word) { return match($0, word) ? substr($0, RSTART + RLENGTH) : "" }
  /^stopped with / { failed = $3; next }
  { xid = after("tx: +") + 0; said = after("desc: ") }
  /^rmgr: Transaction / && said ~ /^COMMIT/ {
    if (said ~ /^COMMIT_PREPARED /) { split(said, word, /[ :]/); xid = word[2] }
    committed[xid] = 1
    list = after("subxacts: "); sub(/;.*/, "", list)
    n = split(list, word, " "); for (i = 1; i <= n; i++) committed[word[i]] = 1
    list = after(" rels: "); sub(/;.*/, "", list)
    n = split(list, word, " "); for (i = 1; i <= n; i++) note(file(word[i]) SUBSEP 5, 1)
  }
  /^rmgr: Storage / && said ~ /^CREATE / { split(said, word, " "); note(file(word[2]) SUBSEP 4, 1) }
  /^rmgr: Heap2? / {
    place = after("blkref #0: rel "); sub(/ .*/, "", place)
    if (said ~ /^MULTI_INSERT/) { rows = said; sub(/^[^0-9]*/, "", rows); note(place SUBSEP 1, rows + 0) }
    else if (said ~ /^INSERT/) note(place SUBSEP 1, 1)
    else if (said ~ /^(HOT_)?UPDATE/) note(place SUBSEP 2, 1)
    else if (said ~ /^DELETE/) note(place SUBSEP 3, 1)
  }
  END {
    for (key in changed) {
      split(key, part, SUBSEP)
      if (part[1] in committed) { files[part[2]] = 1; sum[part[2], part[3]] += changed[key] }
    }
    for (each in files) {
      line = each
      for (i = 1; i <= 5; i++) line = line " " sum[each, i] + 0
      print line
    }
    exit failed
  }'
