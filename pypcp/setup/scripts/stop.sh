# Stop pgpool, fast, and see it gone. Runs as root. $1 pid file; $2 unit; $3 seconds
pidfile=$1 unit=$2 left=$(($3 * 5))
pid=$(head -n 1 -- "$pidfile" 2>/dev/null) && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = pgpool ] || exit 0
if [ -d /run/systemd/system ] && systemctl is-active --quiet "$unit"; then systemctl stop "$unit" || exit 1
else kill -INT "$pid" || exit 1; fi # main.c: SIGINT is fast
while [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = pgpool ]; do
  [ "$left" -gt 0 ] || { echo "pgpool, process $pid, does not end" >&2; exit 1; }
  left=$((left - 1)); sleep 0.2
done
