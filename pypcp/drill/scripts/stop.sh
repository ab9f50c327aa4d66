# $1 programs; $2 data directory. Stops the server as an operator would for maintenance.
"$1/pg_ctl" stop -D "$2" -m fast -w -t 60 >&2
