# The checkpoint that is the last one before a position, in one segment file; positions are compared in sixteen digits.
wide() { printf '%08X%08X' "0x${1%/*}" "0x${1#*/}"; }
checkpoint_before() { # $1 position; $2 the file. Prints the record, or nothing.
  limit=$(wide "$1")
  "$bin/pg_waldump" -r XLOG "$2" 2>/dev/null | grep -E 'desc: CHECKPOINT_(SHUTDOWN|ONLINE) ' |
    while IFS= read -r line; do
      at=${line#*lsn: }; at=${at%%,*}
      printf '%s %s\n' "$(wide "$at")" "$line"
    done | awk -v limit="$limit" '$1 "" < limit ""' | tail -n 1
}
