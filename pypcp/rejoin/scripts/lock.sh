# $1 state directory; $2 who. Holds the lock on the data directory and runs what it is told, until stdin ends or falls
# silent for half a minute: so the lock goes with whoever holds it, and no stale one is ever left. A step that runs then
# goes on, and has the lock until it ends, because it has inherited descriptor 8.
state=$1 who=$2
mkdir -p -- "$state" || fail "cannot make $state"
{ true >>"$state/lock"; } 2>/dev/null || fail "$(id -un) cannot write $state/lock"
exec 8>>"$state/lock"
flock -w 3 8 || { echo "taken $(tail -n 1 "$state/lock")"; exit 0; }
echo "$who since $(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$state/lock"
echo "held $(fingerprint)"
serve
