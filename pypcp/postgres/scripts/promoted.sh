# On the new primary. $1 seconds to wait until it takes writes; 75 (EX_TEMPFAIL) when it does not yet.
end=$(($(date +%s) + $1))
while [ "$(sql 'SELECT pg_is_in_recovery()')" != f ]; do
  [ "$(date +%s)" -lt "$end" ] || { echo "it is still in recovery" >&2; exit 75; }
  sleep 0.02
done
