# Wait until pgpool listens for clients and for PCP. Runs as root.
# $1 pid file; $2 directory of the sockets; $3 port; $4 PCP port; $5 log file; $6 unit; $7 seconds
pidfile=$1 sockets=$2 port=$3 pcp=$4 log=$5 unit=$6 left=$(($7 * 5))
while [ "$left" -gt 0 ]; do
  pid=$(head -n 1 -- "$pidfile" 2>/dev/null)
  if [ -n "$pid" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = pgpool ] &&
    [ -S "$sockets/.s.PGSQL.$port" ] && [ -S "$sockets/.s.PGSQL.$pcp" ]; then exit 0; fi
  left=$((left - 1)); sleep 0.2
done
echo "pgpool does not listen yet" >&2
{ if [ -d /run/systemd/system ]; then journalctl -u "$unit" -n 3 --no-pager -o cat; else tail -n 3 -- "$log"; fi; } >&2
exit 1
