# On the source. $1 the slot that the target uses, or empty. Until stdin ends or falls silent for half a minute, the WAL
# from now on is kept for the target, by a slot of ours that ends with its session. Then the target's slot goes too, when
# it has been made meanwhile and nobody uses it: a run that died would have left it to fill the source's disk.
slot=$1 named="FROM pg_replication_slots WHERE slot_name = '$1'"
[ -z "$slot" ] || had=$(sql "SELECT count(*) $named") || fail "the primary does not answer"
ours="FROM pg_replication_slots s WHERE to_jsonb(s) ->> 'temporary' = 'true' AND slot_name LIKE 'pypcp\\_%'"
{
  echo "SELECT pg_create_physical_replication_slot('pypcp_' || pg_backend_pid(), true, true);"
  echo "SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout';"
  while timeout 30 sh -c 'IFS= read -r line'; do :; done
} | { ask -f - || echo "nothing is reserved"; }
[ -n "$slot" ] && [ "$had" = 0 ] || exit 0
# Whoever has taken over a run that was killed needs the slot, and does not count as having made it.
while :; do case $(sql "SELECT count(*) $ours") in [1-9]*) sleep 1;; *) break;; esac; done
tries=0
while [ "$tries" -lt 10 ]; do # a target that streams may just be connecting again
  [ "$(sql "SELECT count(*) $named AND NOT active")" = 1 ] || exit 0
  sleep 0.2
  tries=$((tries + 1))
done
sql "SELECT pg_drop_replication_slot(slot_name) $named AND NOT active AND NOT EXISTS (SELECT $ours)" >/dev/null
