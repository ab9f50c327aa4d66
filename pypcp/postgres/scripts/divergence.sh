# Read the WAL of a stopped instance around the fork. Changes nothing. Runs as the owner of the data directory.
# $1 programs; $2 WAL directory; $3 fork (LSN); then for each stretch of the WAL after the last common checkpoint that
# is to be read: timeline, begin, end. The answer has the form that look.sh explains.
bin=$1 wal=$2 fork=$3; shift 3
item() { name=$1; shift; printf '%s ' "$name"; { "$@" 2>&1; printf '\n%d' $?; } | base64 | tr -d '\n'; echo; }

# The last checkpoint before the fork: from the segment of the fork backwards, as pg_rewind searches it.
last_common() {
  wide=$(printf '%08X%08X' "0x${fork%/*}" "0x${fork#*/}")
  for file in $(ls "$wal" | grep -E '^[0-9A-F]{24}$' | sort -k 1.9r -k 1.1,1.8r); do
    found=$("$bin/pg_waldump" -r XLOG "$wal/$file" 2>/dev/null | grep -E 'desc: CHECKPOINT_(SHUTDOWN|ONLINE) ' |
      while IFS= read -r line; do
        at=${line#*lsn: }; at=${at%%,*}
        printf '%08X%08X %s\n' "0x${at%/*}" "0x${at#*/}" "$line"
      done | awk -v wide="$wide" '$1 "" < wide ""' | tail -n 1)
    [ -n "$found" ] && { printf '%s\n' "$found"; return; }
  done
  return 1
}
checkpoint=$(last_common)
item checkpoint printf %s "$checkpoint"

dump() { "$bin/pg_waldump" -p "$wal" -t "$1" -s "$2" -e "$3" -r "$4" 2>/dev/null; }
number=0
while [ $# -ge 3 ]; do
  item "commits:$number" sh -c '"$1/pg_waldump" -p "$2" -t "$3" -s "$4" -e "$5" -r Transaction 2>/dev/null |
    awk "/desc: COMMIT/ { n++; if (n == 1) first = \$0; last = \$0 } END { print n + 0; if (n) { print first; print last } }"' \
    - "$bin" "$wal" "$1" "$2" "$3"
  number=$((number + 1)); shift 3
done
redo=${checkpoint#*redo }; redo=${redo%%;*}; at=${checkpoint#*tli }; at=${at%%;*}
[ -n "$checkpoint" ] && item parameters sh -c '"$1/pg_waldump" -p "$2" -t "$3" -s "$4" -r XLOG 2>/dev/null | grep -F "desc: PARAMETER_CHANGE"; :' \
  - "$bin" "$wal" "$at" "$redo"
:
