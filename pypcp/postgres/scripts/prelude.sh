bin=$1 dir=$2; shift 2
fail() { echo "$*" >&2; exit 1; }
already() { echo already; exit 0; }
settle() { sync -- "$@" 2>/dev/null || sync; } # fsync of these files and directories; sync(1) takes none before 8.24
control() { "$bin/pg_controldata" "$dir" | sed -n "s/^$1:[ \t]*//p"; }
# The pid of the postmaster that runs in the data directory: by its file, its process and where that lives.
running() {
  pid=$(head -n 1 "$dir/postmaster.pid" 2>/dev/null) && [ "$pid" -gt 0 ] 2>/dev/null &&
    [ "$(readlink "/proc/$pid/cwd")" = "$(readlink -f -- "$dir")" ]
}
# What makes a standby of a data directory: standby.signal (empty), or recovery.conf, which the steps after complete.
marker=standby.signal marking=
case $marker in *.conf) marking="standby_mode = 'on'";; esac
mark() { printf %s "$marking" >"$dir/$marker" && rm -f -- "$dir/recovery.signal" && settle "$dir/$marker" "$dir"; }
# Copy what is the node's own: all but PostgreSQL's data, and what belongs to one run or one backup.
copy_own_files() {
  for path in "$1"/* "$1"/.[!.]*; do
    case ${path##*/} in
      PG_VERSION | pg_wal | pg_xlog | postmaster.pid | backup_label* | tablespace_map* | backup_manifest | current_logfiles | *.signal | .pypcp-*) continue;;
      base | global | log | pg_*) [ -d "$path" ] && continue;;
    esac
    [ -e "$path" ] || [ -L "$path" ] || continue
    cp -a -- "$path" "$2/" || fail "cannot copy $path to $2"
  done
}
# A detached pg_rewind or pg_basebackup holds this lock as long as it runs.
wait_for() { [ ! -f "$1" ] || flock "$1" true; }
# A killed server leaves its pid file. While that pid is a zombie, or was given to another process of the same user,
# the server would refuse to start: the file is moved to $1 when no process at all lives in the data directory.
clear_stale_pid() {
  [ -f "$dir/postmaster.pid" ] && ! running || return 0
  here="-> $(readlink -f -- "$dir")" # shellcheck disable=SC2012
  ls -ld /proc/[0-9]*/cwd 2>/dev/null |
    here=$here awk 'substr($0, length($0) - length(ENVIRON["here"]) + 1) == ENVIRON["here"] { found = 1 } END { exit found }' ||
    fail "a process still lives in $dir"
  mv -- "$dir/postmaster.pid" "$1/postmaster.pid.stale"
}
# psql with the server of this directory, over its own socket.
ask() {
  port=$(sed -n 4p "$dir/postmaster.pid"); socket=$(sed -n 5p "$dir/postmaster.pid"); address=$(sed -n 6p "$dir/postmaster.pid")
  [ "$address" = '*' ] && address=localhost
  PGCONNECT_TIMEOUT=5 PGOPTIONS='-c statement_timeout=0' \
    "$bin/psql" -XAtqw -v ON_ERROR_STOP=1 -d "dbname=postgres port=$port host='${socket:-$address}'" "$@"
}
sql() { ask -c "$1"; } # one query
