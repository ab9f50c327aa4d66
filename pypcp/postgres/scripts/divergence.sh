# Read the WAL of a stopped instance around the fork. Changes nothing. Runs as the owner of the data directory.
# $1 programs; $2 data directory; $3 its configuration file; $4 fork (LSN); $5 from where on no segment is missing (LSN);
# $6 timelines of the history as a pattern, 00000001|00000002; then for each timeline: number, begin, end, the next
# timeline's number, and where the segment begins in which it was left ("-" for these two with the last one). The answer
# has the form that hosts/item.sh explains.
bin=$1 wal=$2/pg_wal fork=$4 whole=$5 timelines=$6
archived=$(ls -- "$wal/archive_status" 2>/dev/null | sed -n 's/^\([0-9A-F]\{24\}\)\.done$/\1/p')
item archived printf %s "$archived"
[ -z "$archived" ] || item archive_command "$bin/postgres" -C archive_command -D "$2" -c "config_file=$3"
shift 6
before() { expr "x$(wide "$1")" \< "x$(wide "$2")" >/dev/null; }
later() { if before "$1" "$2"; then echo "$2"; else echo "$1"; fi; }

# The last checkpoint before the fork: from the segment of the fork backwards, as pg_rewind searches it.
last_common() {
  for file in $(ls "$wal" | grep -E "^($timelines)[0-9A-F]{16}\$" | sort -k 1.9r -k 1.1,1.8r); do
    found=$(checkpoint_before "$fork" "$wal/$file")
    [ -n "$found" ] && { printf '%s\n' "$found"; return; }
  done
  return 1
}

# Of one piece of one timeline: how many records say "$want", how many say "$also", then the first and the last.
# It fails when the piece cannot be read to its end.
count() {
  { "$bin/pg_waldump" -p "$wal" -t "$1" -s "$2" -e "$3" -r "$kind" 2>/dev/null; echo "exit $?"; } |
    awk -v want="$want" -v also="$also" '
      /^exit [0-9]+$/ { code = $2; next }
      index($0, want) { n++; if (n == 1) first = $0; last = $0 }
      index($0, also) { m++ }
      END { if (code) exit code; print n + 0, m + 0; print first; print last }'
}

# Of all WAL from a position on. The segment in which a timeline was left may be there under the next one's name alone.
# For a segment that is missing pg_waldump waits five seconds, as if it might still be written.
scan() {
  from=$1; shift
  if before "$from" "$whole"; then echo unreadable; return; fi
  while [ $# -ge 5 ]; do
    begin=$(later "$2" "$from")
    if before "$begin" "$3" && ! count "$1" "$begin" "$3"; then
      if [ "$5" = - ]; then echo unreadable; else
        ! before "$begin" "$5" || count "$1" "$begin" "$5" || echo unreadable
        count "$4" "$(later "$begin" "$5")" "$3" || echo unreadable
      fi
    fi
    shift 5
  done
}

checkpoint=$(last_common)
item checkpoint printf %s "$checkpoint"
kind=Transaction want='desc: COMMIT' also='desc: PREPARE'
item commits scan "$fork" "$@"
kind=XLOG want='desc: PARAMETER_CHANGE' also='wal_log_hints=on'
item parameters scan "$fork" "$@"
if [ -n "$checkpoint" ]; then
  redo=${checkpoint#*redo }
  item shared scan "${redo%%;*}" "$@"
fi
:
