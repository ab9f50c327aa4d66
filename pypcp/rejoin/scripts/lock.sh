# $1 state directory; $2 who. Holds the lock on the data directory and runs what it is told, until stdin ends or falls
# silent for half a minute: so the lock goes with whoever holds it, and no stale one is ever left. A step that runs then
# goes on, and has the lock until it ends, because it has inherited descriptor 8.
state=$1 who=$2
mkdir -p -- "$state" || fail "cannot make $state"
exec 8>>"$state/lock"
flock -w 3 8 || { echo "taken $(tail -n 1 "$state/lock")"; exit 0; }
echo "$who since $(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$state/lock"
echo "held $(fingerprint)"

next() { timeout 30 sh -c 'IFS= read -r line && printf %s "$line"' 8>&-; }
encoded() { base64 <"$1" | tr -d '\n'; }
run() { # the command and its stdin, in base64
  printf %s "$2" | base64 -d | sh -c "$(printf %s "$1" | base64 -d)" >"$state/said" 2>"$state/complained"
  echo "$? $(encoded "$state/said") $(encoded "$state/complained")"
}
while line=$(next); do
  case $line in "run "*) line=${line#run }; run "${line% *}" "${line#* }" & esac
done
