# Start pgpool, unless it runs. Runs as root.
# $1 directory; $2 program; $3 pid file; $4 unit; $5 user; $6 log file; $7 a status file to forget (what -D does), or empty
dir=$1 program=$2 pidfile=$3 unit=$4 user=$5 log=$6 status=$7
pid=$(head -n 1 -- "$pidfile" 2>/dev/null) && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = pgpool ] && exit 0
[ -z "$status" ] || rm -f -- "$status"
rm -f -- "$HOME/.pypcp-setup/unread" "$HOME/.pypcp-setup"/running-*.conf "$pidfile" # the last: a pid file of one that was killed keeps this one from starting
if [ -d /run/systemd/system ] && systemctl cat "$unit" >/dev/null 2>&1; then
  systemctl enable "$unit" >/dev/null 2>&1
  exec systemctl start "$unit"
fi
run='log=$1; shift; exec "$@" </dev/null >>"$log" 2>&1'
exec runuser -u "$user" -- setsid --fork sh -c "$run" pypcp "$log" "$program" -n \
  -f "$dir/pgpool.conf" -F "$dir/pcp.conf" -a "$dir/pool_hba.conf"
