# $1 state directory; $2 port that pgpool expects; $3 configuration file outside the data directory, or empty; $4 the new
# copy, with the node's own files. It takes the place of the data directory, which is kept under another name, with what
# it has elsewhere of WAL and tablespaces; where the copy lies in it, what is in both is moved. Until the end there is no
# data directory, or none with a control file, so that nothing can start a mixture. A second run goes on where one was
# killed: swap.began has the time in the names, and what was moved is there no more.
state=$1 port=$2 config=$3 new=$4 place=$(readlink -f -- "$dir")
running && fail "the server runs"
[ -d "$new" ] || { [ -f "$dir/backup_label" ] && already; fail "there is no $new"; }

# Where $1, a link of the new copy, leads now ($there), and where to in the end ($at); not at all when it does so already.
moves() {
  there=$(readlink -- "$1") || return 1
  at=${there%/.pypcp-new-*}; at=${at%.pypcp-new}
  [ "$at" != "$there" ]
}
would_run_as_expected() {
  set -- -D "$new" -c "config_file=${config:-$new/postgresql.conf}"
  named=$new; [ -n "$config" ] || named=$("$bin/postgres" -C data_directory "$@")
  case $named in "$new" | "$dir" | "$place") ;; *) fail "the configuration in $new names the data directory $named";; esac
  found=$("$bin/postgres" -C port "$@" -c "data_directory=$new")
  [ "$found" = "$port" ] || fail "the configuration in $new has port $found, pgpool expects $port"
  [ -f "$new/$marker" ] || fail "$new is not marked as a standby's"
}
is_linked() { # from the data directory to $1
  for link in "$place/pg_wal" "$place"/pg_tblspc/*; do
    [ ! -L "$link" ] || [ "$(readlink -f -- "$link")" != "$(readlink -f -- "$1")" ] || return 0
  done
  return 1
}
replaces_what_is_its_own() {
  ! moves "$new/pg_wal" || [ ! -e "$at" ] || is_linked "$at" || fail "$at is not the WAL of $dir"
  for link in "$new"/pg_tblspc/*; do
    moves "$link" || continue
    for copy in "$there"/PG_*; do
      [ ! -e "$at/${copy##*/}" ] || is_linked "$at" || fail "$at/${copy##*/} is no tablespace of $dir"
    done
  done
}

# What is moved stays in its file system, and nothing that is there is written over.
move() { mv -T -- "$1" "$2" && settle "${1%/*}/" "${2%/*}/" || fail "cannot rename $1 to $2"; }
relink() { rm -f -- "$1.pypcp" && ln -s -- "$2" "$1.pypcp" && move "$1.pypcp" "$1"; }
move_contents() { # of $1 to $2: the control file first, to $3, and from there last, since no server starts without
  [ ! -f "$1/global/pg_control" ] || move "$1/global/pg_control" "$3"
  find "$1" -mindepth 1 -maxdepth 1 ! -name '.pypcp-*' ! -name lost+found -exec mv -t "$2" -- {} + ||
    fail "cannot move all that is in $1 to $2"
  settle "$1" "$2"
  [ ! -f "$3" ] || move "$3" "$2/global/pg_control"
}
swap_wal() {
  moves "$new/pg_wal" || return 0
  if [ -e "$there" ]; then
    if [ -e "$at" ]; then relink "$kept/pg_wal" "$at.before-$since" && move "$at" "$at.before-$since"; fi
    move "$there" "$at"
  fi
  relink "$new/pg_wal" "$at"
}
swap_tablespace() { # $1 its link in the new copy. Its place may be a mount point: what is in it is moved.
  before=$at/.pypcp-before-$since
  for copy in "$there"/PG_*; do
    [ -e "$copy" ] || continue
    former=$at/${copy##*/}
    if [ -e "$former" ]; then
      mkdir -p -- "$before" || fail "cannot make $before"
      for own in "$kept"/pg_tblspc/*; do
        [ "$(readlink -f -- "$own")" != "$(readlink -f -- "$at")" ] || relink "$own" "$before"
      done
      move "$former" "$before/${copy##*/}"
    fi
    move "$copy" "$former"
  done
  rmdir -- "$there" 2>/dev/null
  relink "$1" "$at"
}

if [ ! -f "$state/swap.began" ]; then
  rm -rf -- "$new"/.pypcp-* # what the source has kept for itself
  would_run_as_expected
  replaces_what_is_its_own
  date -u +%Y%m%dT%H%M%SZ >"$state/swap.new" && mv -T -- "$state/swap.new" "$state/swap.began" ||
    fail "cannot write $state/swap.began"
  settle "$state"
fi
since=$(head -n 1 "$state/swap.began") && [ -n "$since" ] || fail "cannot read $state/swap.began"
case $new in "$place"/*) within=yes kept=$place/.pypcp-before-$since;; *) within= kept=$place.before-$since;; esac
if [ -z "$within" ]; then
  if [ -e "$place" ] && [ ! -e "$kept" ] && ! rmdir -- "$place" 2>/dev/null; then move "$place" "$kept"; fi
elif [ "$(sed -n 2p "$state/swap.began")" != emptied ]; then
  mkdir -p -- "$kept" || fail "cannot make $kept"
  move_contents "$place" "$kept" "$kept/.pypcp-control"
  rmdir -- "$kept" 2>/dev/null # there was nothing
  echo emptied >>"$state/swap.began" && settle "$state/swap.began"
fi
rm -f -- "$state/rewind.began"
swap_wal
for link in "$new"/pg_tblspc/*; do ! moves "$link" || swap_tablespace "$link"; done
if [ -z "$within" ]; then move "$new" "$place"; else
  move_contents "$new" "$place" "$new/.pypcp-control"
  rmdir -- "$new" || fail "cannot remove $new"
fi
mv -- "$state/swap.began" "$state/swapped"
rm -f -- "$state/backup.exit" "$state/backup.lock"
[ -e "$kept" ] || exit 0
printf '%s\n' "$kept"
for link in "$kept/pg_wal" "$kept"/pg_tblspc/*; do
  case $(readlink -- "$link") in *"before-$since") readlink -- "$link";; esac
done
exit 0
