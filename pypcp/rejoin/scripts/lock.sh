# $1 state directory; $2 who. Holds the lock on the data directory until stdin ends, or falls silent for half a minute:
# so it goes with whoever holds it, and no stale one is ever left.
state=$1 who=$2
mkdir -p -- "$state" || fail "cannot make $state"
exec 8>>"$state/lock"
flock -n 8 || { echo "taken $(tail -n 1 "$state/lock")"; exit 0; }
echo "$who since $(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$state/lock"
echo held
while [ "$(timeout 30 dd bs=1 count=1 2>/dev/null)" = . ]; do :; done
