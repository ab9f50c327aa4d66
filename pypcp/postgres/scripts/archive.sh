# What restore_command brings back of the archive, one WAL segment at a time, run as the server would: by its owner, in
# the data directory ($dir), with a file of ours to fill. Nothing that it prints is kept: it may tell secrets.
restore_command() { # $1 configuration file; on stdin what recovery.conf says (up to 11), else an empty line
  IFS= read -r command || command=
  [ -n "$command" ] || command=$("$bin/postgres" -C restore_command -D "$dir" -c "config_file=$1" 2>/dev/null)
  [ -n "$command" ] || why='it has no restore_command'
  [ -n "$command" ]
}
# PostgreSQL puts in the same. For %r, before which a command may clean up the archive, it gives zeros where nothing may
# go yet (RestoreArchivedFile), and so do we always. $1 segment; $2 file.
expanded() {
  sign=$(printf '\001')
  printf %s "$command" | sed "s/%%/$sign/g; s/%f/$1/g; s|%p|$2|g; s/%r/000000000000000000000000/g; s/$sign/%/g"
}
has_begun_at() { [ "$(od -An -tu8 -j"$2" -N8 -- "$1" | tr -d ' ')" = "$3" ]; } # eight bytes of the file, as a number
# $1 segment; $2 directory of ours, where it is then; $3 seconds; $4 bytes of a segment; $5 system identifier. Where it
# fails, $why says it. A segment's first page has its position at 8, the system identifier at 24 (xlog_internal.h).
restored() {
  case $1 in *[!0-9A-F]*) why="$1 is no segment"; return 1;; esac
  high=${1#????????}; low=${high#????????}; high=${high%????????}
  rm -rf -- "${2:?}/$1"
  (cd -- "$dir" && exec timeout -k 5 "$3" sh -c "$(expanded "$1" "$2/$1")") </dev/null >/dev/null 2>&1 8>&-
  code=$?
  case $code in
    0) ;;
    124 | 137) why="restore_command did not end within $3 s for $1"; return 1;;
    *) why="restore_command failed for $1 with exit status $code"; return 1;;
  esac
  found=$(stat -Lc %s -- "$2/$1" 2>/dev/null)
  if [ -z "$found" ]; then why="restore_command said it had restored $1, and had not"
  elif [ "$found" != "$4" ]; then why="restore_command gave $1 with $found bytes, not $4"
  elif ! has_begun_at "$2/$1" 8 "$((0x$high * 4294967296 + 0x$low * $4))"; then why="restore_command gave other WAL for $1"
  elif ! has_begun_at "$2/$1" 24 "$5"; then why="restore_command gave $1 of another cluster"
  else return 0
  fi
  return 1
}
