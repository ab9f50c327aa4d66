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
# Settings for the time of a stop, in a block of their own. Should the host die meanwhile, whatever is done to the node
# next takes them away: a primary would keep all WAL for ever, or wait for a standby that is not there.
auto=$dir/postgresql.auto.conf for_a_stop='# pypcp: for the time of a stop' until_here='# pypcp: until here'
set_for_a_stop() {
  unset_for_a_stop "$auto" && cp -p -- "$auto" "$auto.pypcp" || return
  [ -z "$(tail -c 1 "$auto")" ] || echo >>"$auto.pypcp"
  printf '%s\n%s\n%s\n' "$for_a_stop" "$1" "$until_here" >>"$auto.pypcp" &&
    settle "$auto.pypcp" && mv -- "$auto.pypcp" "$auto" && settle "$dir"
}
unset_for_a_stop() { # in this file
  grep -qxF -e "$for_a_stop" "$1" 2>/dev/null || return 0
  cp -p -- "$1" "$1.pypcp" && sed "/^$for_a_stop\$/,/^$until_here\$/d" "$1" >"$1.pypcp" &&
    settle "$1.pypcp" && mv -- "$1.pypcp" "$1" && settle "$dir"
}
# The same on a running server, which is told.
clear_stop_settings() {
  grep -qxF -e "$for_a_stop" "$auto" 2>/dev/null || return 0
  unset_for_a_stop "$auto" && running && kill -HUP "$pid"
}
# Copy what is the node's own: all but PostgreSQL's data, and what belongs to one run or one backup.
copy_own_files() {
  for path in "$1"/* "$1"/.[!.]*; do
    case ${path##*/} in
      PG_VERSION | pg_wal | pg_xlog | postmaster.pid | backup_label* | tablespace_map* | backup_manifest | current_logfiles | *.signal | .pypcp-* | lost+found) continue;;
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
  clear_stale_socket "$(sed -n 5p "$dir/postmaster.pid")/.s.PGSQL.$(sed -n 4p "$dir/postmaster.pid")"
  mv -- "$dir/postmaster.pid" "$1/postmaster.pid.stale"
}
# The lock file of its socket names the same pid and the same data directory (miscinit.c, CreateLockFile).
clear_stale_socket() {
  [ "$(head -n 2 -- "$1.lock" 2>/dev/null)" != "$(head -n 2 -- "$dir/postmaster.pid")" ] || rm -f -- "$1" "$1.lock"
}
# psql with the server of this directory, over its own socket.
ask() {
  port=$(sed -n 4p "$dir/postmaster.pid"); socket=$(sed -n 5p "$dir/postmaster.pid"); address=$(sed -n 6p "$dir/postmaster.pid")
  [ "$address" = '*' ] && address=localhost
  PGCONNECT_TIMEOUT=5 PGOPTIONS='-c statement_timeout=0' \
    "$bin/psql" -XAtqw -v ON_ERROR_STOP=1 -d "dbname=postgres port=$port host='${socket:-$address}'" "$@"
}
sql() { ask -c "$1"; } # one query
