#!/bin/sh
# Stands in for systemctl. It knows one unit, of which it starts and stops the server as root or as its user; it stops it
# like a unit that says nothing of how: by SIGTERM, upon which PostgreSQL waits for all sessions to end.
# Beside it: "did", the verbs that it was given; "how": "fails" when a stop fails.
here=${0%/*} unit=UNIT data=DATA bin=BIN user=USER
for word; do last=$word; done
[ "$1" = show ] || echo "$1" >>"$here/did"
pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null)
kill -0 "$pid" 2>/dev/null || pid=0
as_user() { if [ "$(id -u)" = 0 ]; then runuser -u "$user" -- "$@"; else "$@"; fi; }
[ "$last" = "$unit" ] || { echo LoadState=not-found; exit 0; }
case $1 in
show)
  state=active
  [ "$pid" != 0 ] || state=inactive
  printf '%s\n' "Environment=PGDATA=$data" LoadState=loaded "ActiveState=$state" SubState=x "MainPID=$pid" Restart=always;;
stop)
  [ "$(cat "$here/how" 2>/dev/null)" != fails ] || { echo "Job for $unit.service canceled." >&2; exit 1; }
  as_user "$bin/pg_ctl" stop -m smart -w -t 60 -D "$data" >&2;;
start) as_user "$bin/pg_ctl" start -w -D "$data" -l "$data/../unit.log" >/dev/null;;
esac
