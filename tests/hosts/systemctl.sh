#!/bin/sh
# Stands in for systemctl on a host of the laboratory. It knows one unit, whose server it starts as its user; the file
# /run/systemctl.how says otherwise: "fails", or "lies".
unit=postgresql-MAJOR data=/var/lib/pgsql/MAJOR/data
for word; do last=$word; done
pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null)
kill -0 "$pid" 2>/dev/null || pid=0
case $1 in
show)
  [ "$last" = "$unit" ] || { echo LoadState=not-found; exit 0; }
  echo "Environment=PGDATA=$data/ PG_OOM_ADJUST_VALUE=0"
  echo "ExecStart={ path=/usr/pgsql-MAJOR/bin/postmaster ; argv[]=/usr/pgsql-MAJOR/bin/postmaster -D \${PGDATA} ; pid=0 }"
  echo LoadState=loaded
  echo ActiveState=inactive
  echo SubState=dead
  echo "MainPID=$pid";;
start)
  [ "$(id -u)" = 0 ] && [ "$last" = "$unit" ] || { echo "Failed to start $last: Access denied" >&2; exit 4; }
  case $(cat /run/systemctl.how 2>/dev/null) in
    fails) echo "Job for $unit.service failed because the control process exited with error code." >&2; exit 1;;
    lies) exit 0;;
  esac
  exec runuser -u postgres -- /usr/pgsql-MAJOR/bin/pg_ctl start -w -D "$data" -l /var/log/postgresql/unit.log >/dev/null;;
esac
