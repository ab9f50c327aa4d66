# Print everything there is to know about one instance, and change nothing. Runs as the owner of the data directory.
# $1 data directory; $2 directory of the server's programs, or empty; $3 the version that it is to have when it is not
# there yet, or empty; then pairs of a version, as a pattern, and the query for a running server of it.
dir=$1 bindir=$2 wanted=$3; shift 3
has() { [ -x "$bin/$1" ]; }
recovery_conf() { cat -- "$1/recovery.conf" 2>/dev/null || cat -- "$1/recovery.done"; } # up to 11
# Runs these functions at once, each of which says items and then hands on what those behind it said.
together() {
  first=$1; shift
  if [ $# = 0 ]; then $first; else together "$@" | { $first; cat; }; fi
}

real=$(readlink -f -- "$dir"); version=$(cat -- "$dir/PG_VERSION" 2>/dev/null || printf %s "$wanted")
item fingerprint fingerprint
wal=$dir/pg_wal; [ -d "$wal" ] || wal=$dir/pg_xlog

# Where pypcp itself leaves things, beside the data directory. A rewind of an earlier run may be going on still: asked
# before all that it changes, so that whoever hears 'no' sees what it has left.
for state in "${real%/*}/.pypcp-${real##*/}" "$HOME/.pypcp-$(printf %s "$real" | cksum | cut -d' ' -f1)"; do
  [ -d "$state" ] && break
  [ -w "${state%/*}" ] && break
done
item rewinding sh -c '[ -f "$1" ] && ! flock -n "$1" true' - "$state/rewind.lock"

# The programs of this major version: as asked, as last started, where packages put them, or the PATH.
started=$(sed -n 's/^\(\/[^"]*\)\/postgres\( .*\)\{0,1\}$/\1/p' "$dir/postmaster.opts" 2>/dev/null)
inpath=$(command -v postgres 2>/dev/null)
bin=
for d in "$bindir" "${started%% *}" "/usr/lib/postgresql/$version/bin" "/usr/pgsql-$version/bin" "${inpath%/postgres}"; do
  [ -n "$d" ] && [ -x "$d/postgres" ] || continue
  case $("$d/postgres" --version 2>/dev/null) in *" $version."* | *" $version"[a-z]*) bin=$d; break;; esac
done

# The configuration file: Debian keeps it under /etc/postgresql/VERSION/NAME, others inside the data directory.
config=
for f in "/etc/postgresql/$version"/*/postgresql.conf; do
  [ -r "$f" ] || continue
  named=$(sed -n "s/^[ \t]*data_directory[ \t]*=\{0,1\}[ \t]*'\([^']*\)'.*/\1/p" "$f" | tail -n 1)
  [ -n "$named" ] && [ "$(readlink -f -- "$named")" = "$real" ] && config=$f
done
[ -n "$config" ] || config=$(sed -n 's/.*"config_file=\([^"]*\)".*/\1/p' "$dir/postmaster.opts" 2>/dev/null)
[ -n "$config" ] || config=$dir/postgresql.conf
# A rewind that died has emptied files that it was going to replace: what was saved of them counts.
readable=$config
if [ -f "$state/rewind.began" ] && [ -f "$state/saved/COMPLETE" ] &&
  [ -f "$state/saved/data/postgresql.conf" ] && [ "$config" = "$dir/postgresql.conf" ]; then
  readable=$state/saved/data/postgresql.conf
fi

the_directory() {
  item real printf %s "$real"
  item user id -un
  item version printf %s "$version"
  item stat stat -Lc '%d:%i' -- "$dir"
  item config printf %s "$config"
  item bin printf %s "$bin"
  item control "$bin/pg_controldata" "$dir"
  item files files
  item vacant is_vacant
  item replaceable sh -c '[ -w "${1%/*}/" ] && ! mountpoint -q "$1"' - "$real"
  item writable sh -c '[ -d "$1" ] && [ -w "$1" ]' - "$real"
  item devices find "$real" -maxdepth 1 -type d -printf '%D %f\0'
  wal_link() { for w in "$dir/pg_wal" "$dir/pg_xlog"; do [ ! -L "$w" ] || readlink -f -- "$w" || readlink -- "$w"; done; }
  item wal_link wal_link
  tablespaces() {
    for link in "$dir"/pg_tblspc/*; do [ ! -L "$link" ] || { printf '%s\0' "${link##*/}"; readlink -n -- "$link"; printf '\0'; }; done
  }
  item tablespaces tablespaces
  wal_is_replaceable() { at=$(wal_link) && [ -n "$at" ] && [ -w "${at%/*}/" ] && ! mountpoint -q "$at"; }
  item wal_replaceable wal_is_replaceable
  item opts cat -- "$dir/postmaster.opts"
  item pidfile cat -- "$dir/postmaster.pid"
  item auto cat -- "$dir/postgresql.auto.conf"
  item recovery recovery_conf "$dir"
}

files() { # from outside: whoever lives in the directory is taken for a server's
  for name in PG_VERSION backup_label tablespace_map standby.signal recovery.signal recovery.conf recovery.done \
    postmaster.pid postmaster.opts pg_wal pg_xlog; do [ ! -e "$dir/$name" ] || echo "$name"; done
}
is_vacant() { [ ! -f "$dir/PG_VERSION" ] && { is_swapping || is_empty; }; }
is_empty() { [ -z "$(find "$real" -mindepth 1 -maxdepth 1 ! -name '.pypcp-*' ! -name lost+found 2>/dev/null)" ]; }
is_swapping() { [ -f "$state/swap.began" ] && { [ -d "$real.pypcp-new" ] || [ -d "$real/.pypcp-new" ]; }; }

# The programs on the host, and what runs there.
the_host() {
  item machine sh -c 'cat /etc/machine-id 2>/dev/null; uname -n'
  item tools sh -c 'for t in pg_ctl pg_controldata pg_rewind pg_waldump pg_xlogdump pg_basebackup psql; do [ -x "$1/$t" ] && echo "$t"; done
    for t in setsid flock base64 sync pg_ctlcluster timeout sudo systemctl; do command -v "$t" >/dev/null && echo "$t"; done; :' - "$bin"
  item processes sh -c 'ls -ld /proc/[0-9]*/cwd 2>/dev/null; :'
  item managers sh -c 'cat /proc/[0-9]*/comm 2>/dev/null | sort -u | grep -xE "patroni|repmgrd|pg_autoctl"; :'
  item repairs repairs
}
# Whoever repairs a data directory names it among his arguments; he may end while he is looked at. pypcp's own pg_rewind
# holds its lock until it is gone.
repairs() {
  grep -lxE 'pg_basebackup|pg_rewind|pg_checksums|pg_resetwal|pg_resetxlog|rsync' /proc/[0-9]*/comm 2>/dev/null |
    while IFS= read -r comm; do
      cat "${comm%comm}cmdline" 2>/dev/null | tr '\0' '\n' | sed 's/^--[a-z-]*=//; s/^-D//; s/\(.\)\/*$/\1/' |
        grep -qxF -e "$dir" -e "$real" || continue
      name=$(cat "$comm" 2>/dev/null) && { [ "$name" != pg_rewind ] || [ ! -f "$state/rewind.lock" ] || flock -n "$state/rewind.lock" true; } &&
        [ -e "$comm" ] && { comm=${comm%/comm}; echo "$name (pid ${comm#/proc/})"; }
    done
  :
}

# What lies in the data directory that a rejoin would lose, or stumble over.
the_leftovers() {
  for f in "$wal"/*.history; do [ -f "$f" ] && item "history:${f##*/}" head -c 65536 -- "$f"; done
  item logical_slots logical_slots
  item triggers triggers
  item space df -Pk -- "$real" "${state%/*}"
  item unarchived sh -c 'ls -- "$1" 2>/dev/null | sed -n "s/^\([0-9A-F]\{24\}\)\.ready\$/\1/p"' - "$wal/archive_status"
  item wal_files sh -c 'ls -- "$1" | grep -E "^[0-9A-F]{24}$"; :' - "$wal"
}
# A slot's file: four words, its name in 64 bytes, the oid of its database, which a physical one has not (slot.c).
logical_slots() {
  for file in "$dir"/pg_replslot/*/state; do
    [ -r "$file" ] && [ "$(od -An -tu4 -j80 -N4 "$file" | tr -d ' ')" != 0 ] && { file=${file%/state}; echo "${file##*/}"; }
  done
  :
}
# A file whose mere presence promotes a standby: trigger_file up to 11, promote_trigger_file up to 15.
triggers() {
  cat -- "$dir/recovery.conf" "$dir/recovery.done" "$config" "$dir/postgresql.auto.conf" 2>/dev/null |
    sed -n "s/^[ \t]*\(promote_\)\{0,1\}trigger_file[ \t]*=\{0,1\}[ \t]*'\([^']\{1,\}\)'.*/\2/p" |
    while IFS= read -r file; do
      case $file in /*) ;; *) file=$dir/$file;; esac
      [ -e "$file" ] && printf '%s\n' "$file"
    done
  :
}

# What pypcp itself left beside the data directory on an earlier run.
the_journal() {
  item state printf %s "$state"
  item began cat -- "$state/rewind.began"
  item swapping is_swapping
  item swapped sh -c '[ -f "$1/swap.began" ] || [ -f "$1/swapped" ]' - "$state"
  item saved cat -- "$state/saved/COMPLETE"
  item untouched cmp -- "$dir/global/pg_control" "$state/saved/pg_control"
  item saved_auto cat -- "$state/saved/data/postgresql.auto.conf"
  item saved_recovery recovery_conf "$state/saved/data"
  item saved_opts cat -- "$state/saved/data/postmaster.opts"
  if [ -f "$state/rewind.began" ] && [ -f "$state/saved/COMPLETE" ]; then
    for f in "$state/saved/pg_wal"/*.history; do [ -f "$f" ] && item "history:${f##*/}" head -c 65536 -- "$f"; done
  fi
}

the_server() {
  item running printf %s "$pid"
  port=$(sed -n 4p "$dir/postmaster.pid"); socket=$(sed -n 5p "$dir/postmaster.pid"); address=$(sed -n 6p "$dir/postmaster.pid")
  [ "$address" = '*' ] && address=localhost
  has psql && item server env PGCONNECT_TIMEOUT=5 "$bin/psql" -XAtqw -d "dbname=postgres port=$port host='${socket:-$address}'" -c "$query"
}
# Of a server that is down: where its WAL ends. And postgres tells one setting each time it is started.
the_end_of_wal() {
  dump=pg_waldump; has "$dump" || dump=pg_xlogdump
  has "$dump" && [ -d "$wal" ] || return 0
  facts=$("$bin/pg_controldata" "$dir")
  of() { printf '%s\n' "$facts" | sed -n "s/^$1:[ \t]*//p"; }
  end_from() { item "$1" sh -c '"$1" -p "$2" -t "$3" -s "$4" 2>&1 | tail -n 2' - "$bin/$dump" "$wal" "$2" "$3"; }
  end_from wal_end "$(of "Latest checkpoint's TimeLineID")" "$(of "Latest checkpoint's REDO location")"
  timeline=$(of "Min recovery ending loc's timeline")
  [ "$timeline" = 0 ] || end_from wal_end_recovery "$timeline" "$(of "Minimum recovery ending location")"
}
setting() { ! has postgres || item "setting:$1" value "$1"; }
value() { "$bin/postgres" -C "$1" -D "$at" -c "config_file=$readable" 2>/dev/null; } # it logs what it misses, too
at=$dir; [ -d "$at" ] || at=${readable%/*}
SETTINGS='port primary_conninfo primary_slot_name restore_command archive_mode hot_standby max_connections max_worker_processes max_wal_senders
  max_prepared_transactions max_locks_per_transaction'

pid=$(head -n 1 -- "$dir/postmaster.pid" 2>/dev/null)
if [ -n "$pid" ] && [ "$pid" -gt 0 ] 2>/dev/null && [ "$(readlink "/proc/$pid/cwd")" = "$real" ]; then
  while [ $# -ge 2 ]; do case $version in $1) query=$2; break;; esac; shift 2; done
  together the_directory the_host the_leftovers the_journal the_server
else
  set --
  for name in $SETTINGS; do set -- "$@" "setting $name"; done
  together the_directory the_host the_leftovers the_journal the_end_of_wal "$@"
fi
