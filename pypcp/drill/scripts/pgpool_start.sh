# As root. On stdin what pgpool_seen.sh told. Starts pgpool as it was, once the former one has ended. A pgpool that was told
# to stop can hang on the way (seen with 4.3.5): it is then told so as one that must end at once.
read -r how pid who cwd
[ "$how" = unit ] && exec systemctl restart -- "$who"
read -r log; log=$(printf %s "$log" | base64 -d)
set --
while read -r word; do set -- "$@" "$(printf %s "$word" | base64 -d)"; done
[ $# -gt 0 ] || { echo "its command line is not known" >&2; exit 1; }
ends() { # within $1 tenths of a second
  left=$1
  while [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = pgpool ]; do
    [ "$left" -gt 0 ] || return 1
    left=$((left - 1)); sleep 0.1
  done
}
ends 100 || { kill -QUIT "$pid"; ends 50; } || { kill -KILL -- "-$pid" 2>/dev/null || kill -KILL "$pid"; ends 50; } ||
  { echo "pgpool (process $pid) does not end" >&2; exit 1; }
cd "$(printf %s "$cwd" | base64 -d)" || exit 1
run='log=$1; shift; exec "$@" </dev/null >>"$log" 2>&1'
exec runuser -u "$who" -- setsid --fork sh -c "$run" pypcp "$log" "$@"
