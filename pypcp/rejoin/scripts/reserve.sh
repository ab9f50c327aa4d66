# On the source. $1 the slot that the target uses, or empty; $2 "reserve" where there are slots that end with their session.
# Until stdin ends or falls silent for half a minute, the WAL from now on is kept for the target. Then that slot goes
# too, when it has been made meanwhile and nobody uses it: a run that died would have left it to fill the source's disk.
slot=$1 reserve=$2
named="FROM pg_replication_slots WHERE slot_name = '$slot'"
had=$(sql "SELECT count(*) $named") || fail "the primary does not answer"
until_let_go() { while timeout 30 sh -c 'IFS= read -r line'; do :; done; }
session() {
  echo "SELECT pg_create_physical_replication_slot('pypcp_' || pg_backend_pid(), true, true);"
  echo "SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout';"
  until_let_go
}
if [ "$reserve" = reserve ]; then session | ask -f -; else echo "nothing to reserve"; until_let_go; fi
[ -n "$slot" ] && [ "$had" = 0 ] || exit 0
tries=0
while [ "$tries" -lt 10 ]; do # a target that streams may just be connecting again
  [ "$(sql "SELECT count(*) $named AND NOT active")" = 1 ] || exit 0
  sleep 0.2
  tries=$((tries + 1))
done
sql "SELECT pg_drop_replication_slot('$slot')" >/dev/null
