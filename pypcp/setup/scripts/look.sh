# Print what setup has to know of a host, and change nothing. Runs as root.
# $1 pgpool's directory; $2 its program; $3 its pid file; $4 its user; $5 the virtual IP; $6 number of
# programs, then these, then the paths that setup writes.
dir=$1 program=$2 pidfile=$3 user=$4 virtual=$5 programs=$6; shift 6

place() { # ~USER/... as a path
  case $1 in
    '~'*) who=${1#\~}; who=${who%%/*}; home=$(getent passwd "$who" | cut -d: -f6); [ -n "$home" ] || return 1
      printf '%s/%s' "$home" "${1#*/}";;
    *) printf %s "$1";;
  esac
}
state() {
  real=$(place "$1") || { echo nobody; return; }
  if [ -L "$real" ]; then echo link
  elif [ -f "$real" ]; then stat -c 'file %a %U' -- "$real"
  elif [ -e "$real" ]; then echo other
  else echo absent; fi
}

item version "$program" --version
item user id -u "$user"
for sample in /usr/share/pgpool2/pgpool.conf "$dir/pgpool.conf.sample" "$dir/pgpool.conf.sample-stream" \
  /usr/share/doc/pgpool2/examples/pgpool.conf.sample "${program%/bin/*}/etc/pgpool.conf.sample"; do
  [ -f "$sample" ] && { item sample cat -- "$sample"; break; }
done
item addresses ip -o address show
running() { # the process of the pid file, when it is pgpool
  pid=$(head -n 1 -- "$pidfile" 2>/dev/null) && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = pgpool ] && echo "$pid"
}
item running running
item began cat -- "$HOME/.pypcp-setup/running-$(running).conf"
item unread test -f "$HOME/.pypcp-setup/unread"
# Somebody else may have the address already; while a pgpool runs it may well be ours.
running >/dev/null || item answers ping -n -q -c 1 -W 1 "$virtual"
while [ "$programs" -gt 0 ]; do
  item "program:$1" test -x "$1"
  programs=$((programs - 1)); shift
done
for path; do
  item "state:$path" state "$path"
  item "text:$path" sh -c 'cat -- "$1" 2>/dev/null' - "$(place "$path")"
done
